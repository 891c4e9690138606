//! Little packages unpacked, honest and hostile.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use super::*;
use crate::{FileKind, PackageFile, Script};
