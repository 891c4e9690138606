//! package archives: signed indexes, resolution, unpacking, lock records.
