// GAVEL_BUILD=DIR node --test-reporter=tap tests/fault/run.mjs [LEADS]
// The fault suite, against programs that were built with failpoints (--enable-failpoints) in DIR. LEADS: how many are sold while workers and job
// runners are killed at random (default 120; --long of scripts/check: 1000).
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const folder = mkdtempSync(path.join(process.env.GAVEL_TEST_DIR ?? os.tmpdir(), 'fault-'));

// The programs' own user reads a failpoint's file there, and removes it as it dies.
chmodSync(folder, 0o777);
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.env.FAULT_DIR = folder;
process.env.FAULT_LEADS = process.argv[2] ?? '120';
process.env.GAVEL_FAIL = `@${folder}/fail`;
process.env.FLOW_WORKERS ??= '3';
// A buyer that drops every connection is to be asked all the same.
process.env.FLOW_CIRCUIT_LEAST = '1000';
// Long enough for a busy machine; how short it may be is not what is tried.
process.env.GAVEL_API__STALL_S = '10';
await import('./verdicts.test.mjs');
await import('./stall.test.mjs');
