"""The IPAV engine: Intake, Plan, Act, Verify.

request    what a run starts from: texts of documents, inputs, a room
program    the texts, compiled: steps with their expressions, calls and undo
preflight  everything that can be known to be wrong before the first call, at once
drive      the deterministic core: decides what comes next, and asks `io` for all that touches the world
steps/     one module per step key
calls      the way of one tool call: schema, allow list, phase contract, policy, approval, retries
rollback   taking Act back, newest first
io         the Protocol that `drive` asks
local      `io` in this process: commits the intent, does it, commits the result; replays the journal of a continued run
executor   starts and continues runs
"""
