//! Readers of others on files that may be anybody's: a panic of theirs is an error of the file, and hides nothing else.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// Whether this thread is inside [`guarded`].
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `read`; what it said when it panicked. The panic itself prints nothing.
///
/// Nothing that outlives `read` may be changed by it but what it returns.
///
/// # Errors
/// When `read` panics.
pub fn guarded<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                usual(info);
            }
        }));
    });
    let before = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(before);
    result.map_err(|panic| {
        format!(
            "it is damaged in a way that its reader does not expect: {}",
            words(panic.as_ref())
        )
    })
}

/// What a panic said.
pub fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no reason was given")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        assert_eq!(guarded(|| 7), Ok(7));
        let empty: Vec<u8> = Vec::new();
        let said = guarded(|| empty[empty.len()]).unwrap_err();
        assert!(said.contains("index out of bounds"), "{said}");
        let nested = guarded(|| guarded::<()>(|| panic!("inner")).is_err());
        assert_eq!(nested, Ok(true));
        assert!(!GUARDED.get());
    }
}
