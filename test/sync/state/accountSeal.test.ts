import crypto from 'node:crypto';
import { SealKeys } from '../../../sync/state/accountSeal';

test('to guess a password from a seal costs as much as from a table of good hashes', async () => {
	const scrypt = jest.spyOn(crypto, 'scrypt');
	await new SealKeys().sealFor({ user: 'u', host: 'h', password: 'p' }).current();
	const [password, salt, length, cost] = scrypt.mock.calls[0];
	expect({ password, length, cost }).toMatchObject({ password: 'p', length: 32, cost: { N: 2 ** 15, r: 8, p: 3 } });
	expect((salt as Buffer).length).toBe(16);
});
