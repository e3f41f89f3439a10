// Mend faults of the pinned version of Evidence.
//
// DuckDB-WASM has no Parquet reader inside: its first read_parquet() downloads one. Here
// parquet-wasm, on which Evidence depends already, decodes the files and hands Arrow to DuckDB.
//
// A chosen day is midnight of the reader's time zone, written in UTC: east of Greenwich the last
// day was missing. Here it is the day as it was chosen.
//
// A filter's button says that it is a combobox, and is none; a list of days has no name; a wide
// table cannot be moved by the keyboard.
//
// A second run changes nothing; another version than the pinned one is an error.
import { readFileSync, writeFileSync } from 'node:fs';

const MARK = 'mended-by-tapewatch';

const OFFLINE = [
	[
		"} from '@duckdb/duckdb-wasm';",
		`} from '@duckdb/duckdb-wasm';
/* mended-by-tapewatch */
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

const CHOSEN_DAYS = [
	['function onSelectedDateInputChange', `/* mended-by-tapewatch */\n\tfunction onSelectedDateInputChange`],
	[
		'dateToYYYYMMDD(selectedDateInput.start?.toDate(getLocalTimeZone()) ?? new Date(0))',
		"(selectedDateInput.start?.toString() ?? '0001-01-01')"
	],
	[
		'dateToYYYYMMDD(selectedDateInput.end?.toDate(getLocalTimeZone()) ?? new Date())',
		"(selectedDateInput.end?.toString() ?? '9999-12-31')"
	]
];

const NAMED_RANGES = [
	['<Select.Trigger', '<!-- mended-by-tapewatch -->\n\t\t\t<Select.Trigger\n\t\t\t\taria-label="Range of days"']
];

const FILTER_BUTTON = [['role="combobox"', 'data-mended-by-tapewatch']];

const WIDE_TABLES = [
	[
		'<div class="scrollbox pretty-scrollbar"',
		'<!-- mended-by-tapewatch --><div tabindex="0" role="region" aria-label={title ?? \'Table\'} class="scrollbox pretty-scrollbar"'
	]
];

mend('universal-sql/src/client-duckdb/browser.js', OFFLINE);
mend('core-components/dist/atoms/inputs/date-input/DateInput.svelte', CHOSEN_DAYS);
mend('core-components/dist/atoms/inputs/date-input/_DateInput.svelte', NAMED_RANGES);
mend('core-components/dist/atoms/inputs/dropdown/Dropdown.svelte', FILTER_BUTTON);
mend('core-components/dist/unsorted/viz/table/_DataTable.svelte', WIDE_TABLES);

function mend(name, edits) {
	const file = new URL(`../node_modules/@evidence-dev/${name}`, import.meta.url);
	let text = readFileSync(file, 'utf8');
	if (text.includes(MARK)) return;
	for (const [from, to] of edits) {
		const isThere = typeof from === 'string' ? text.includes(from) : from.test(text);
		if (!isThere) throw new Error(`${name} is not of the pinned version: it has no ${from}`);
		text = text.replace(from, () => to);
	}
	writeFileSync(file, text);
}
