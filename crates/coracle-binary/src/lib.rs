//! Binary formats and what they mean at start: bytes in, facts out. No I/O, no clock, no processes.
//!
//! [`inspect::Facts`] is what one binary says about itself; [`start::prove`] is what the kernel and the
//! loader would do with a whole file tree. Everything here reads hostile input: no panic, bounded work.

mod bytes;
pub mod crates;
pub mod elf;
pub mod go;
pub mod inspect;
mod level;
mod linkage;
pub mod mentions;
mod packed;
pub mod reduce;
pub mod start;
pub mod strip;
mod time64;

pub use elf::{ElfFacts, Machine};
pub use level::CpuLevel;
pub use linkage::Linkage;
pub use mentions::Mentions;
pub use packed::Packer;
pub use time64::may_hold_time_in_32_bits;
