//! Running a program to its end: pipes, time limit, exit status.
//!
//! Three threads (one a stream, one that waits) send what happens into one channel and the caller's
//! thread reads it, so a slow caller slows the program down instead of filling memory. The waiting
//! thread does not reap, so the group can be killed by number until the very end.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::group::Group;
use crate::output::{Stream, Tail};
use crate::program::Program;

/// Why a program did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such program.
    #[error("no program {program} was found")]
    NotFound {
        /// The name or path that was looked for.
        program: String,
    },
    /// The directory to run in is not there.
    #[error("{command} cannot run in {}: no such directory", directory.display())]
    NoDirectory {
        /// The command line, redacted.
        command: String,
        /// The directory.
        directory: PathBuf,
    },
    /// The program is there but the system could not start it.
    #[error("{command} could not be started")]
    Start {
        /// The command line, redacted.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// It was killed because it took too long.
    #[error("{command} was stopped after {} s{}", limit.as_secs_f32(), after_colon(tail))]
    TimedOut {
        /// The command line, redacted.
        command: String,
        /// The limit.
        limit: Duration,
        /// The last lines it said.
        tail: String,
    },
    /// It ended with an exit status other than zero, or by a signal.
    #[error("{command} failed ({status}){}", after_colon(tail))]
    Failed {
        /// The command line, redacted.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of standard error, or of standard output where there were none.
        tail: String,
    },
    /// It was started, but its end could not be awaited.
    #[error("lost sight of {command}")]
    Lost {
        /// The command line, redacted.
        command: String,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NotFound { program } if program.contains('/') => {
                Some(format!("is the path {program} right?"))
            }
            Error::NotFound { program } => Some(format!(
                "install {program}, or add the folder that holds it to PATH"
            )),
            Error::Start { source, .. } if source.kind() == ErrorKind::PermissionDenied => {
                Some("make the file executable, on a file system not mounted noexec".to_owned())
            }
            Error::Start { source, .. } if source.kind() == ErrorKind::NotFound => Some(
                "the file is there: its interpreter (the #! line or the ELF loader) is not"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

fn after_colon(tail: &str) -> String {
    if tail.is_empty() {
        String::new()
    } else {
        format!(": {tail}")
    }
}

/// How long output may still arrive after the end of a program that left others holding its pipes.
const LINGER: Duration = Duration::from_millis(500);

/// Runs to the end, handing over bytes as they come.
pub(crate) fn run(program: &Program, on_bytes: &mut dyn FnMut(Stream, &[u8])) -> Result<(), Error> {
    let mut child = start(program)?;
    let group = Group::of(&child);
    let lost = |source| Error::Lost {
        command: program.display(),
        source,
    };
    let happenings = attend(&mut child, &group, program.stdin.clone()).map_err(lost)?;

    let mut tails = [Tail::default(), Tail::default()];
    let in_time = follow(&happenings, program.timeout, &mut |stream, bytes| {
        match stream {
            Stream::Stderr => tails[0].feed(bytes),
            Stream::Stdout => tails[1].feed(bytes),
        }
        on_bytes(stream, bytes);
    });
    let tail = tails
        .iter()
        .map(Tail::text)
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let tail = program.redactor.redact(&tail);
    if let (false, Some(limit)) = (in_time, program.timeout) {
        drop(group);
        let _ = child.wait();
        return Err(Error::TimedOut {
            command: program.display(),
            limit,
            tail,
        });
    }
    group.release();
    let status = child.wait().map_err(lost)?;
    if !status.success() {
        return Err(Error::Failed {
            command: program.display(),
            status,
            tail,
        });
    }
    Ok(())
}

/// Something that happened to the child.
enum Happening {
    Said(Stream, Vec<u8>),
    Silent,
    Ended,
}

/// Reads what happens until the program has ended and said everything. False: the time is over.
fn follow(
    happenings: &Receiver<Happening>,
    limit: Option<Duration>,
    on_bytes: &mut dyn FnMut(Stream, &[u8]),
) -> bool {
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut speaking = 2_u8;
    let mut ended = None::<Instant>;
    while speaking > 0 || ended.is_none() {
        let until = match ended {
            Some(end) => Some(end + LINGER),
            None => deadline,
        };
        let happening = match until {
            Some(until) => happenings.recv_timeout(until.saturating_duration_since(Instant::now())),
            None => happenings
                .recv()
                .map_err(|_| RecvTimeoutError::Disconnected),
        };
        match happening {
            Ok(Happening::Said(stream, bytes)) => on_bytes(stream, &bytes),
            Ok(Happening::Silent) => speaking = speaking.saturating_sub(1),
            Ok(Happening::Ended) => ended = Some(Instant::now()),
            Err(_) => return ended.is_some(),
        }
    }
    true
}

fn start(program: &Program) -> Result<Child, Error> {
    let mut command = Command::new(&program.program);
    command
        .args(&program.arguments)
        .stdin(if program.stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    for (key, value) in &program.environment {
        match value {
            Some(value) => command.env(key, value),
            None => command.env_remove(key),
        };
    }
    if let Some(directory) = &program.directory {
        command.current_dir(directory);
    }
    let mut tries = 0;
    loop {
        match command.spawn() {
            Ok(child) => return Ok(child),
            // The file was just written and a child that another thread is starting still holds it
            // open for writing: that is over in a moment.
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && tries < 20 => {
                tries += 1;
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(not_started(program, error)),
        }
    }
}

fn not_started(program: &Program, source: io::Error) -> Error {
    let command = program.display();
    if let Some(directory) = &program.directory
        && !directory.is_dir()
    {
        return Error::NoDirectory {
            command,
            directory: directory.clone(),
        };
    }
    if source.kind() == ErrorKind::NotFound && !is_existing_path(program) {
        let name = program.program.to_string_lossy();
        return Error::NotFound {
            program: program.redactor.redact(&name),
        };
    }
    Error::Start { command, source }
}

/// Is the program given by a path at which there is a file?
fn is_existing_path(program: &Program) -> bool {
    let path = Path::new(&program.program);
    let base = program.directory.as_deref().unwrap_or(Path::new(""));
    path.file_name() != Some(OsStr::new(&program.program)) && base.join(path).exists()
}

/// Starts the threads that attend to the child.
fn attend(
    child: &mut Child,
    group: &Group,
    stdin: Option<Vec<u8>>,
) -> io::Result<Receiver<Happening>> {
    // A few pieces in flight: enough to keep the program going, too few to matter.
    let (sender, receiver) = sync_channel(16);
    if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), stdin) {
        // A program need not read all it is given.
        spawn("stdin", move || drop(pipe.write_all(&bytes)))?;
    }
    if let Some(pipe) = child.stdout.take() {
        let sender = sender.clone();
        spawn("stdout", move || read(pipe, Stream::Stdout, &sender))?;
    }
    if let Some(pipe) = child.stderr.take() {
        let sender = sender.clone();
        spawn("stderr", move || read(pipe, Stream::Stderr, &sender))?;
    }
    if let Some(leader) = group.leader() {
        spawn("wait", move || wait(leader, &sender))?;
    }
    Ok(receiver)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
}

fn read(mut pipe: impl Read, stream: Stream, sender: &SyncSender<Happening>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match pipe.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => break,
            Ok(count) => {
                let said = buffer.get(..count).unwrap_or_default().to_vec();
                if sender.send(Happening::Said(stream, said)).is_err() {
                    return;
                }
            }
        }
    }
    let _ = sender.send(Happening::Silent);
}

/// Waits for the end without reaping.
fn wait(leader: Pid, sender: &SyncSender<Happening>) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(leader), options) {}
    let _ = sender.send(Happening::Ended);
}

#[cfg(test)]
mod tests;
