//! coracle's idea of a good image: the stages and their order.
