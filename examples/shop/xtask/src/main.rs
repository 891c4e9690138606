//! Prints the price list.

fn main() {
    for item in catalog::ITEMS {
        println!("{:<10} {:>6}.{:02}", item.name, item.cents / 100, item.cents % 100);
    }
}
