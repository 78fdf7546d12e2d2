//! File formats that know nothing of gorelease.
