//! Two questions at once.

/// Runs both at the same time, for questions to other programs that do not need each other's answer.
pub fn both<A: Send, B>(left: impl FnOnce() -> A + Send, right: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let left = scope.spawn(left);
        let right = right();
        let left = left.join();
        (
            left.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            right,
        )
    })
}
