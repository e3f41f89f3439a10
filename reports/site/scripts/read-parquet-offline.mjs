// Let the browser read Parquet without the network.
//
// DuckDB-WASM has no Parquet reader inside: its first read_parquet() downloads one. Here
// parquet-wasm, on which Evidence depends already, decodes the files and hands Arrow to DuckDB.
// A second run changes nothing; another version of Evidence than the pinned one is an error.
import { readFileSync, writeFileSync } from 'node:fs';

const MARK = '/* reads Parquet offline */';
const file = new URL(
	'../node_modules/@evidence-dev/universal-sql/src/client-duckdb/browser.js',
	import.meta.url
);

const edits = [
	[
		"} from '@duckdb/duckdb-wasm';",
		`} from '@duckdb/duckdb-wasm';
${MARK}
import initParquet, { readParquet } from 'parquet-wasm/esm/arrow1.js';
import parquetWasmUrl from 'parquet-wasm/esm/arrow1_bg.wasm?url';

const parquetReady = import.meta.env.SSR ? undefined : initParquet(parquetWasmUrl);
async function fetchParquet(url) {
	await parquetReady;
	const response = await fetch(url);
	if (!response.ok) throw new Error(\`\${url}: HTTP \${response.status}\`);
	return new Uint8Array(await response.arrayBuffer());
}`
	],
	[
		// an extension that cannot be had is an error, not an endless download
		"await connection.query('SET old_implicit_casting = true;');",
		`await connection.query('SET old_implicit_casting = true;');
		await connection.query('SET autoload_known_extensions = false;');`
	],
	[
		/await db\.registerFileURL\([\s\S]*?read_parquet\('\$\{file_name\}'\)\);`\s*\);/,
		`await connection.query(\`CREATE SCHEMA IF NOT EXISTS "\${source}";\`);
				await connection.query(\`DROP TABLE IF EXISTS "\${source}"."\${table}";\`);
				await connection.insertArrowFromIPCStream(
					readParquet(await fetchParquet(addBasePath(path))).intoIPCStream(),
					{ schema: source, name: table, create: true }
				);`
	]
];

let text = readFileSync(file, 'utf8');
if (!text.includes(MARK)) {
	for (const [from, to] of edits) {
		const isThere = typeof from === 'string' ? text.includes(from) : from.test(text);
		if (!isThere) throw new Error(`${file.pathname} is not of the pinned version: no ${from}`);
		text = text.replace(from, () => to);
	}
	writeFileSync(file, text);
}
