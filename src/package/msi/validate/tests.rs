//! For each rule the fault that it is there for, planted in a sound package.
