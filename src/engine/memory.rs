//! How many compilations may run side by side: a question of memory more than of processors.
//!
//! `go build` uses all processors by itself, so one at a time loses little. A second one is admitted when it is known
//! how much memory one takes, from a finished one or from earlier runs, and that fits beside what runs.

/// Decides whether one more compilation may start.
#[derive(Debug, Clone)]
pub struct Governor {
    budget: u64,
    jobs: usize,
    peak: Option<u64>,
    running: usize,
    exclusive: bool,
}

/// A finished compilation's largest process is the linker; compilers of the next one run beside it. Half as much again
/// covers them.
const HEADROOM: (u64, u64) = (3, 2);

impl Governor {
    /// With this much memory in bytes for all children, and at most `jobs` of them.
    pub fn new(budget: u64, jobs: usize) -> Self {
        Self {
            budget,
            jobs: jobs.max(1),
            peak: None,
            running: 0,
            exclusive: false,
        }
    }

    /// With what earlier runs have shown of every compilation that is to come.
    #[must_use]
    pub fn expecting(mut self, peak: Option<u64>) -> Self {
        self.peak = peak;
        self
    }

    /// Whether one more may start now; if so it counts as running.
    pub fn admit(&mut self) -> bool {
        let fits = self.running == 0
            || (!self.exclusive
                && self.running < self.jobs
                && self.peak.is_some_and(|peak| {
                    let each = peak.saturating_mul(HEADROOM.0) / HEADROOM.1;
                    each.saturating_mul(self.running as u64 + 1) <= self.budget
                }));
        if fits {
            self.running += 1;
        }
        fits
    }

    /// One has ended; `peak` is the largest memory of a process in it, where known.
    pub fn finished(&mut self, peak: Option<u64>) {
        self.running = self.running.saturating_sub(1);
        self.peak = self.peak.max(peak);
    }

    /// One was killed for memory: from now on, one at a time.
    pub fn out_of_memory(&mut self) {
        self.running = self.running.saturating_sub(1);
        self.exclusive = true;
    }

    /// Whether one ran beside it, so that a second try alone has a chance.
    pub fn has_company(&self) -> bool {
        self.running > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn it_starts_carefully_and_learns() {
        let mut governor = Governor::new(4 * GIB, 8);
        assert!(governor.admit());
        assert!(!governor.admit(), "nothing is known of the memory yet");
        governor.finished(Some(GIB));
        assert!(governor.admit());
        assert!(governor.admit(), "two of 1.5 GiB fit into 4 GiB");
        assert!(!governor.admit(), "a third does not");
    }

    #[test]
    fn what_earlier_runs_took_is_known_from_the_start() {
        let mut governor = Governor::new(4 * GIB, 8).expecting(Some(GIB));
        assert!(governor.admit() && governor.admit());
        assert!(!governor.admit());
        governor.finished(Some(1));
        assert!(governor.admit());
        assert!(
            !governor.admit(),
            "a small one does not make the next small"
        );
    }

    #[test]
    fn one_may_always_run() {
        let mut governor = Governor::new(0, 1);
        assert!(governor.admit());
        governor.finished(Some(100 * GIB));
        assert!(governor.admit());
    }

    #[test]
    fn after_a_kill_it_is_one_at_a_time() {
        let mut governor = Governor::new(64 * GIB, 4);
        assert!(governor.admit());
        governor.finished(Some(1));
        assert!(governor.admit() && governor.admit());
        governor.out_of_memory();
        assert!(!governor.admit());
        governor.finished(None);
        assert!(governor.admit());
        assert!(!governor.admit());
    }
}
