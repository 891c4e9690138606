//! The process groups that are running now, so that nothing outlives the one who asked for it.
//!
//! A child leads a group of its own, so the terminal's interrupt does not reach it: whoever calls
//! [`end_children_on_signals`] passes it on. A group is in the list from its start until just before
//! its leader is reaped; a number in the list can therefore not have been given to a stranger.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// On SIGINT, SIGTERM and SIGHUP: ends every running child with all that it started, then this
/// process by the same signal, as it would have ended without this. Call once, from `main`.
///
/// # Errors
/// The system refuses to install a handler or to start its thread.
pub fn end_children_on_signals() -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if let Some(signal) = signals.forever().next() {
                for group in running().iter() {
                    kill(*group, Signal::TERM);
                }
                // The default of these three is to end the process; there is nobody to tell of a failure.
                let _ = emulate_default_handler(signal);
            }
        })?;
    Ok(())
}

/// A running group: killed when dropped before its leader has ended.
pub(crate) struct Group {
    id: i32,
}

impl Group {
    /// Puts the group of a child that was just started on the list.
    pub(crate) fn of(child: &std::process::Child) -> Group {
        // A process identifier is a positive i32 on every Linux.
        let id = i32::try_from(child.id()).unwrap_or_default();
        running().insert(id);
        Group { id }
    }

    /// The leader's process identifier.
    pub(crate) fn leader(&self) -> Option<Pid> {
        Pid::from_raw(self.id)
    }

    /// Kills every process of the group.
    pub(crate) fn kill(&self) {
        kill(self.id, Signal::KILL);
    }

    /// The leader has ended by itself and is about to be reaped: what it left running on purpose
    /// stays.
    pub(crate) fn release(self) {
        running().remove(&self.id);
        std::mem::forget(self);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
        running().remove(&self.id);
    }
}

fn running() -> MutexGuard<'static, BTreeSet<i32>> {
    // The set is whole whatever the holder of the lock was doing.
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn kill(group: i32, signal: Signal) {
    if let Some(group) = Pid::from_raw(group) {
        // It may have ended in this moment.
        let _ = kill_process_group(group, signal);
    }
}
