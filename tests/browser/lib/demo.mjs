// The configuration that is shipped as the demo, with its buyers, forms and channels, on the system under test.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { env } from '../../flow/lib/system.mjs';

const file = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../scripts/demo.json');

export const document = JSON.parse(readFileSync(file, 'utf8').replaceAll('@SANDBOX_URL@', env.GAVEL_HTTP_URL));

export const form = (key) => document.forms.find((f) => f.key === key);
