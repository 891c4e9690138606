//! how coracle's tests fake the world.
