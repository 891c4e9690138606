//! Dockerfiles of services.
