//! Trust: what an artifact is, from what it was made, and that nobody changed it.
//!
//! [`licence`] tells the licences of modules; [`sbom`] writes bills of materials from the build information inside
//! the executables that ship; [`provenance`] states from what and by whom a release was made;
//! [`sign`] signs and verifies; [`vulnerabilities`] asks govulncheck.

pub mod licence;
pub mod provenance;
pub mod sbom;
pub mod sign;
pub mod vulnerabilities;
