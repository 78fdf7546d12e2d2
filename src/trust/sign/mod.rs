//! Signing: Authenticode inside Windows files, detached signatures beside anything.
//!
//! [`Authenticode`] and [`Detached`] say how to sign, as plain data without any secret: a [`SecretSource`] tells where
//! a password comes from, and it is read at the last moment and handed over by standard input, a private file or an
//! environment variable, never on a command line. [`authenticode::sign`] signs a copy, adds a time stamp (trying
//! server after server), verifies the result and only then puts it in the file's place.
//!
//! Not here: in which order files are signed and packed, which is for the plan; certificates and keys are never made.

pub mod authenticode;
pub mod detached;
mod error;
mod fingerprint;
mod secret;
pub mod shipped;

pub use authenticode::Authenticode;
pub use detached::Detached;
pub use error::SignError;
pub use fingerprint::Fingerprint;
pub use secret::SecretSource;
