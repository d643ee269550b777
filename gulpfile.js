const { dest, parallel, src } = require('gulp');

/** gulp 5 reads files as UTF-8 text unless told otherwise and would break binary images. */
const asTheyAre = { base: '.', encoding: false };

/** n8n reads icons from the installed package, beside the compiled nodes and credentials. */
const icons = () => src(['icons/**/*.{svg,png}'], asTheyAre).pipe(dest('dist'));

/** The codex files put a node into its category of n8n's node list; tsc does not copy JSON that nothing imports. */
const codex = () => src(['nodes/**/*.node.json'], asTheyAre).pipe(dest('dist'));

exports.build = parallel(icons, codex);
