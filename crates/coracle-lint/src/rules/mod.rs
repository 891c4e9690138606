//! Every rule, in the order of the numbers. A rule is one file here, a line in [`ALL`], a page and fixtures; a test tells
//! what is missing.

pub(crate) mod crc001_unused_suppression;
pub(crate) mod crc002_unknown_suppression;
mod crc101_glibc_binary_on_musl;
mod crc102_builder_newer_than_runtime;
mod crc103_library_not_in_image;
mod crc104_wrong_architecture;
mod crc105_cgo_needed_and_off;
mod crc106_compose_without_target;
mod crc107_command_not_in_image;
mod crc108_healthcheck_tool_missing;
mod crc109_no_ca_certificates;
mod crc110_copied_path_not_there;
mod crc111_base_ended;
mod crc201_compiled_twice;
mod crc202_dependencies_with_sources;
mod crc203_no_cache_mounts;
mod crc204_no_compiler_cache;
mod crc205_compiled_under_emulation;
mod crc206_dummy_main_not_touched;
mod crc207_git_clone_in_image;
mod crc208_cache_thrash;
mod crc209_cargo_without_locked;
mod crc210_context_too_large;
mod crc301_unneeded_packages;
mod crc302_several_services;
mod crc303_runs_as_root;
mod crc304_floating_base;
mod crc305_shell_form;
mod crc306_error_hiding_shell;
mod crc307_secret_in_layer;
mod crc308_removed_in_later_layer;
mod crc309_unowned_library;
mod crc310_artifact_without_needs;
mod crc311_no_permissions;
mod crc312_pushed_twice;

use crate::rule::Rule;

/// Every rule, sorted.
pub static ALL: &[&Rule] = &[
    &crc001_unused_suppression::RULE,
    &crc002_unknown_suppression::RULE,
    &crc101_glibc_binary_on_musl::RULE,
    &crc102_builder_newer_than_runtime::RULE,
    &crc103_library_not_in_image::RULE,
    &crc104_wrong_architecture::RULE,
    &crc105_cgo_needed_and_off::RULE,
    &crc106_compose_without_target::RULE,
    &crc107_command_not_in_image::RULE,
    &crc108_healthcheck_tool_missing::RULE,
    &crc109_no_ca_certificates::RULE,
    &crc110_copied_path_not_there::RULE,
    &crc111_base_ended::RULE,
    &crc201_compiled_twice::RULE,
    &crc202_dependencies_with_sources::RULE,
    &crc203_no_cache_mounts::RULE,
    &crc204_no_compiler_cache::RULE,
    &crc205_compiled_under_emulation::RULE,
    &crc206_dummy_main_not_touched::RULE,
    &crc207_git_clone_in_image::RULE,
    &crc208_cache_thrash::RULE,
    &crc209_cargo_without_locked::RULE,
    &crc210_context_too_large::RULE,
    &crc301_unneeded_packages::RULE,
    &crc302_several_services::RULE,
    &crc303_runs_as_root::RULE,
    &crc304_floating_base::RULE,
    &crc305_shell_form::RULE,
    &crc306_error_hiding_shell::RULE,
    &crc307_secret_in_layer::RULE,
    &crc308_removed_in_later_layer::RULE,
    &crc309_unowned_library::RULE,
    &crc310_artifact_without_needs::RULE,
    &crc311_no_permissions::RULE,
    &crc312_pushed_twice::RULE,
];

/// The rule with this number or name.
pub fn find(name: &str) -> Option<&'static Rule> {
    let is_meant = |rule: &&&Rule| rule.id.eq_ignore_ascii_case(name) || rule.name == name;
    ALL.iter().find(is_meant).copied()
}

#[cfg(test)]
mod tests;
