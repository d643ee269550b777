import { FakeAccount, FakeMailServer, type FakeOptions } from '../support/fakeMailServer';
import { describeMailServer, type Subject } from './mailServer';

const subject = (options: FakeOptions) => async (): Promise<Subject> => {
	const account = new FakeAccount();
	return {
		connect: async () => new FakeMailServer(account, options),
		mailbox: {
			append: async (folder, source, message) => account.append(folder, source, message),
			expunge: async (folder, uids) => account.expunge(folder, uids),
			flags: async (folder, uids, change) => account.setFlags(folder, uids, change),
			createFolder: async (folder) => account.createFolder(folder),
			createContainer: async () => {
				account.createFolder('Container', { selectable: false });
				account.createFolder('Container/Inside');
				return 'Container';
			},
			deleteFolder: async (folder) => account.deleteFolder(folder),
			setUidValidity: async (folder, uidValidity) => account.setUidValidity(folder, uidValidity),
		},
	};
};

const rich = { qresync: true, condstore: true, listStatus: true, esearch: true, gmail: false };
const condstoreOnly = { ...rich, qresync: false };
const poor = { qresync: false, condstore: false, listStatus: false, esearch: false, gmail: false };

describeMailServer('the fake with everything', rich, subject({ capabilities: rich }));
describeMailServer('the fake without a history of expunges', rich, subject({ capabilities: rich, remembersExpunges: false }));
describeMailServer('the fake with CONDSTORE only', condstoreOnly, subject({ capabilities: condstoreOnly }));
describeMailServer('the fake with neither', poor, subject({ capabilities: poor }));
