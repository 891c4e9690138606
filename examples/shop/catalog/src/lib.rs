//! What the shop sells.

/// One thing for sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// What it is called.
    pub name: &'static str,
    /// Its price in cents.
    pub cents: u32,
}

/// Everything for sale, in the order of the shelves.
pub const ITEMS: &[Item] = &[
    Item { name: "paddle", cents: 3_900 },
    Item { name: "coracle", cents: 89_000 },
    Item { name: "rope", cents: 1_250 },
];

/// The price of an item, by name.
pub fn price(name: &str) -> Option<u32> {
    ITEMS.iter().find(|item| item.name == name).map(|item| item.cents)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_coracle_has_a_price_and_a_galleon_has_none() {
        assert_eq!(super::price("coracle"), Some(89_000));
        assert_eq!(super::price("galleon"), None);
    }
}
