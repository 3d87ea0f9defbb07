import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const limitBytes = 25 * 1024;
const out = resolve(process.env.FLASHPOLL_WEB_OUT ?? join(import.meta.dirname, '../dist'));
const scripts = readdirSync(join(out, 'assets')).filter((name) => name.endsWith('.js'));
let total = 0;
for (const name of scripts) {
  const size = gzipSync(readFileSync(join(out, 'assets', name)), { level: 9 }).length;
  total += size;
  console.log(`${String(size).padStart(6)}  ${name}`);
}
console.log(`${String(total).padStart(6)}  script in all, gzip; limit ${limitBytes}`);
if (scripts.length === 0 || total > limitBytes) process.exit(1);
