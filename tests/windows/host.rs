//! The host's own tests under Wine: a real host with a real child, to which the controls are given as the service
//! manager would. Wine's service manager can send neither a shutdown nor a preshutdown, and no user logs off there.

use crate::program;
use crate::support;
use crate::support::wine::Wine;

/// Tests that must be among those that passed, whatever else is.
const MUST_PASS: [&str; 16] = [
    "TestStopShutdownAndPreShutdownAreOrdered/request-to-stop",
    "TestStopShutdownAndPreShutdownAreOrdered/shutdown",
    "TestStopShutdownAndPreShutdownAreOrdered/coming-shutdown",
    "TestAStopWhileTheServiceStartsIsOrderedToo",
    "TestAProgramThatDoesNotStopIsEndedInTime",
    "TestOtherControlsAreAnswered",
    "TestALogoffIsKeptFromTheProgramAndAShutdownIsNot",
    "TestTheDescriptorOfTheLogFolderMeansWhatItShould",
    "TestTheLogFolderIsMadeWithItsDescriptor",
    "TestAProbeFindsAListenerAndARefusal",
    "TestAConnectionWithoutAnAnswerIsGivenUpSoon",
    "TestReadinessIsSeenAtOnce",
    "TestStandardInputStaysOpen",
    "TestOutputArrivesHoweverItIsWritten",
    "TestRotationLosesNothingWhileAReaderHoldsAFile",
    "TestAGrandchildThatHoldsTheOutputIsEndedWithTheProgram",
];

#[test]
fn the_host_passes_its_own_tests() {
    let Some(wine) = Wine::new("host") else {
        return;
    };
    let package = support::root().join("templates/service-host/internal/goreleasehost");
    let Some(mut go) = program::go(&package) else {
        return;
    };
    let executable = wine.path(r"C:\host-test.exe");
    let built = go.args(["test", "-c", "-o"]).arg(&executable).arg(".");
    let built = built.output().expect("go runs");
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let run = wine.run(r"C:\host-test.exe", &["-test.v", "-test.timeout=5m"]);
    let output = format!("{}{}", run.stdout, run.stderr);
    assert_eq!(run.code, 0, "{output}");
    for name in MUST_PASS {
        assert!(
            output.contains(&format!("--- PASS: {name} (")),
            "{name} is not among:\n{output}"
        );
    }
}
