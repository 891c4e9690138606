//! The orders: rows of one SQLite table.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Result, Row};
use serde::Serialize;

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Order {
    /// Its number.
    pub id: i64,
    /// What was ordered.
    pub item: String,
    /// How many of it.
    pub quantity: u32,
    /// What one of them cost when it was ordered.
    pub cents: u32,
}

/// The database; clones are the same one.
#[derive(Debug, Clone)]
pub struct Orders(Arc<Mutex<Connection>>);

impl Orders {
    /// Opens the database, and makes the file and the table where they are not there yet.
    pub fn open(path: &Path) -> Result<Orders> {
        Orders::prepare(Connection::open(path)?)
    }

    fn prepare(connection: Connection) -> Result<Orders> {
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute(
            "CREATE TABLE IF NOT EXISTS orders \
             (id INTEGER PRIMARY KEY, item TEXT NOT NULL, quantity INTEGER NOT NULL, cents INTEGER NOT NULL)",
            (),
        )?;
        Ok(Orders(Arc::new(Mutex::new(connection))))
    }

    /// Writes an order.
    pub fn add(&self, item: &str, quantity: u32, cents: u32) -> Result<Order> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let statement = "INSERT INTO orders (item, quantity, cents) VALUES (?1, ?2, ?3)";
        connection.execute(statement, (item, quantity, cents))?;
        Ok(Order { id: connection.last_insert_rowid(), item: item.to_owned(), quantity, cents })
    }

    /// All orders, oldest first.
    pub fn all(&self) -> Result<Vec<Order>> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare("SELECT id, item, quantity, cents FROM orders ORDER BY id")?;
        statement.query_map((), order)?.collect()
    }
}

fn order(row: &Row<'_>) -> Result<Order> {
    Ok(Order { id: row.get(0)?, item: row.get(1)?, quantity: row.get(2)?, cents: row.get(3)? })
}

#[cfg(test)]
mod tests {
    use super::{Connection, Orders};

    #[test]
    fn what_was_ordered_is_read_back_in_its_order() {
        let orders = Orders::prepare(Connection::open_in_memory().unwrap()).unwrap();
        assert_eq!(orders.all().unwrap(), []);
        let rope = orders.add("rope", 2, 1_250).unwrap();
        let paddle = orders.add("paddle", 1, 3_900).unwrap();
        assert_eq!(orders.all().unwrap(), [rope, paddle]);
    }
}
