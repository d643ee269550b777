import { loginOf } from '../imap/login';
import type { ConnectionSettings } from '../imap/settings';
import { ContentMatchesByFolder } from '../search/contentMatches';
import { LoginMemory } from './loginMemory';

const logins = new LoginMemory(() => new ContentMatchesByFolder());

/** What this process has read over a login. Never of another login: whose server it was that answered there, nobody knows. */
export const contentMatchesOf = (settings: ConnectionSettings): ContentMatchesByFolder => logins.of(loginOf(settings));
