//! Choices that are the same for the same seed, and how much is asked for.

/// A small generator of pseudo-random numbers (SplitMix64).
pub(crate) struct Chance(u64);

impl Chance {
    /// The choices of `CORACLE_SEED`, for one purpose.
    pub(crate) fn of(purpose: &str) -> Self {
        let start = purpose.bytes().fold(seed(), |seed, byte| {
            (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(start)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }

    /// One of these.
    pub(crate) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// The same things in another order.
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for at in (1..things.len()).rev() {
            things.swap(at, self.below(at + 1));
        }
    }
}

/// `CORACLE_SEED`, or the usual one.
pub(crate) fn seed() -> u64 {
    std::env::var("CORACLE_SEED").map_or(41, |seed| seed.parse().expect("CORACLE_SEED is a number"))
}

/// Whether all is asked for and not a sample.
pub(crate) fn full() -> bool {
    std::env::var_os("CORACLE_FULL").is_some()
}
