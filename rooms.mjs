/**
 * The rooms of sync/, from the bottom up, and the rooms that each may enter: between any two rooms there is one direction. Held by
 * `npm run lint`, for types too. docs/architecture.md draws them.
 */
export const rooms = {
	errors: [],
	uids: [],
	server: ['uids'],
	events: ['server', 'uids'],
	settings: ['events', 'server'],
	mime: ['errors', 'server', 'settings'],
	reading: ['errors', 'server', 'settings', 'uids'],
	search: ['errors', 'mime', 'reading', 'server', 'settings', 'uids'],
	changing: ['errors', 'reading', 'server', 'uids'],
	folder: ['errors', 'events', 'mime', 'reading', 'search', 'server', 'settings', 'uids'],
	state: ['changing', 'errors', 'folder', 'reading', 'server', 'uids'],
	ownChanges: ['changing', 'errors', 'folder', 'server', 'settings', 'state', 'uids'],
	delivery: ['errors', 'events', 'folder', 'ownChanges', 'reading', 'search', 'server', 'settings', 'uids'],
	run: ['delivery', 'errors', 'events', 'folder', 'ownChanges', 'reading', 'search', 'server', 'settings', 'state', 'uids'],
	push: ['errors', 'events', 'settings', 'uids'],
	archive: ['errors', 'folder', 'reading', 'search', 'server', 'uids'],
	imap: ['changing', 'errors', 'reading', 'server', 'uids'],
	session: ['changing', 'errors', 'imap', 'ownChanges', 'search', 'server', 'state'],
};

const placed = new Set();
for (const [room, entered] of Object.entries(rooms)) {
	const above = entered.filter((other) => !placed.has(other));
	if (above.length > 0) throw new Error(`rooms.mjs: sync/${room} may not enter ${above.join(', ')}, which stands above it`);
	placed.add(room);
}
