//! binary formats and what they mean at start: ELF facts and the start-proof.
