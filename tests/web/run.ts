import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Runs every *_webtest.ts, or those named. The pages must be built: `npm run build` there. */
const folder = import.meta.dirname;
const built = process.env.FLASHPOLL_WEB_OUT ?? join(folder, '../../query/web/dist');
if (!process.env.FLASHPOLL_URL && !existsSync(join(built, 'manifest.json'))) {
  console.error(`no built pages in ${built}: npm ci && npm run build in query/web`);
  process.exit(3);
}
const named = process.argv.slice(2);
const files = readdirSync(folder).filter((name) => name.endsWith('_webtest.ts'));
const wanted = named.length ? files.filter((name) => named.some((n) => name.includes(n))) : files;
const args = ['--test', '--test-concurrency=1', '--test-timeout=120000', ...wanted.sort()];
const { status } = spawnSync(process.execPath, args, { cwd: folder, stdio: 'inherit' });
process.exit(status ?? 1);
