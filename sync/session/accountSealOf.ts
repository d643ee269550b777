import { loginOf } from '../imap/login';
import { accountSecret, type ConnectionSettings } from '../imap/settings';
import { SealKeys, type AccountSeal } from '../state/accountSeal';
import { LoginMemory } from './loginMemory';

/** By login: for another one, the time that a key takes would betray whether its password was guessed right. */
const keys = new LoginMemory(() => new SealKeys());

/** The seal of an account, for one session or one reading. */
export const accountSealOf = (settings: ConnectionSettings): AccountSeal =>
	keys.of(loginOf(settings)).sealFor({ ...settings, password: accountSecret(settings) });
