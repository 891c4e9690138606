//! The client against the testkit's registry in memory, and against Debian's docker-registry.

#[cfg(test)]
mod access;
#[cfg(test)]
mod docker_registry;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod push;
#[cfg(test)]
mod support;
