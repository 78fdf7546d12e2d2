//! Containers byte by byte: what lies beside the members that readers are shown is covered by no member's digest, and
//! another reader may show it.

pub(super) mod compound;
pub(super) mod zip;
