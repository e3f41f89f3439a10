import adapter from '@sveltejs/adapter-static';

// One page for every address: a symbol that trades for the first time needs no new build.
export default {
	kit: { adapter: adapter({ pages: './build', fallback: 'index.html', strict: false }) }
};
