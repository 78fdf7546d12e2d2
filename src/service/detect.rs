//! Telling programs that speak to the service manager themselves.

/// Import paths of the packages by which Go programs do that.
const SERVICE_PACKAGES: [&str; 4] = [
    "github.com/judwhite/go-svc",
    "github.com/judwhite/go-svc/svc",
    "github.com/kardianos/service",
    "golang.org/x/sys/windows/svc",
];

/// The first such package among a program's dependencies (`Deps` of `go list` for a Windows target).
pub fn service_package(dependencies: &[String]) -> Option<&'static str> {
    SERVICE_PACKAGES
        .into_iter()
        .find(|package| dependencies.iter().any(|dependency| dependency == package))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_package_counts() {
        let dependencies = [
            "fmt",
            "golang.org/x/sys/windows/svc/eventlog",
            "github.com/kardianos/service",
        ];
        let dependencies = dependencies.map(str::to_owned);
        assert_eq!(
            service_package(&dependencies),
            Some("github.com/kardianos/service")
        );
        assert_eq!(service_package(&dependencies[..2]), None);
    }
}
