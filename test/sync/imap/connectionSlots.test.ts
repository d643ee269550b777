import { takeSlotNow, waitForSlot } from '../../../sync/imap/connectionSlots';

let logins = 0;
const request = (limit = 1) => ({ login: `login ${++logins}`, limit });
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

it('gives a slot to whoever waits, once another one is released', async () => {
	const login = request();
	const first = takeSlotNow(login)!;
	expect(takeSlotNow(login)).toBeUndefined();
	const second = waitForSlot(login, { host: 'h', timeoutMs: 60_000 });
	first.release();
	(await second).release();
});

it('is not waited for by somebody who gave up, and leaves no timer', async () => {
	const login = request();
	const first = takeSlotNow(login)!;
	const before = timers();
	const leaving = new AbortController();
	const gone = waitForSlot(login, { host: 'h', timeoutMs: 60_000, signal: leaving.signal });
	const staying = waitForSlot(login, { host: 'h', timeoutMs: 60_000 });
	expect(timers()).toBe(before + 2);
	leaving.abort();
	await expect(gone).rejects.toMatchObject({ code: 'connectionLost', data: { reason: 'ended' } });
	expect(timers()).toBe(before + 1);
	first.release();
	(await staying).release();
	expect(timers()).toBe(before);
	await expect(waitForSlot(login, { host: 'h', timeoutMs: 60_000, signal: leaving.signal })).rejects.toThrow();
	expect(takeSlotNow(login)).toBeDefined();
});

it('says that all are in use when none is released in time', async () => {
	const login = request();
	takeSlotNow(login);
	await expect(waitForSlot(login, { host: 'h', timeoutMs: 1 })).rejects.toMatchObject({
		code: 'serverBusy',
		data: { reason: 'connectionsInUse', connections: 1 },
	});
});
