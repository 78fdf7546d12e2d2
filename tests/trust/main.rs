//! Trust, proved by other people's readers: build information, SBOM, licences, signatures.

mod buildinfo;
mod sbom;
mod support;
