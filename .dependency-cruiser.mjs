import { rooms } from './rooms.mjs';

/** Folders of test and build files, which may look at everything. */
const outside = '^(test|scripts|examples)/';

export default {
	forbidden: [
		{
			name: 'no-circle',
			comment: 'files that import each other, for types too, can only be read together',
			severity: 'error',
			from: {},
			to: { circular: true },
		},
		{
			name: 'one-way-between-nodes',
			comment: 'what both nodes need lies in nodes/shared, which knows neither of them',
			severity: 'error',
			from: { path: '^nodes/([^/]+)/' },
			to: { path: '^nodes/', pathNot: '^nodes/($1|shared)/' },
		},
		{
			name: 'core-without-n8n',
			comment: 'sync/ knows nothing of n8n and of the nodes',
			severity: 'error',
			from: { path: '^sync/' },
			to: { path: '^(nodes|credentials|test|scripts)/|n8n-workflow' },
		},
		...Object.entries(rooms).map(([room, entered]) => ({
			name: `room-${room}`,
			comment: `sync/${room} may enter ${entered.join(', ') || 'no other room'}: rooms.mjs`,
			severity: 'error',
			from: { path: `^sync/${room}/` },
			to: { path: '^sync/', pathNot: `^sync/(${[room, ...entered].join('|')})/` },
		})),
		{
			name: 'every-file-in-a-room',
			comment: 'a file of sync/ lies in one of the rooms of rooms.mjs',
			severity: 'error',
			from: { path: '^sync/', pathNot: `^sync/(${Object.keys(rooms).join('|')})/` },
			to: {},
		},
		{
			name: 'no-orphan',
			comment: 'a file that nothing imports and that imports nothing is dead',
			severity: 'error',
			from: { orphan: true, pathNot: [outside, '\\.d\\.ts$'] },
			to: {},
		},
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
		enhancedResolveOptions: { extensions: ['.ts', '.d.ts', '.js', '.mjs'] },
	},
};
