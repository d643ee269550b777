import { userInfo } from 'node:os';
import { execFileSync } from 'node:child_process';

import { doveadmPassword } from './doveadmHttp';

/** What the configuration file of one instance is made from. */
export interface DovecotLayout {
	/** The folder of this instance: everything it writes is in there. */
	folder: string;
	host: string;
	port: number;
	tlsPort?: number;
	certFile?: string;
	keyFile?: string;
	compress?: boolean;
	password: string;
	extraConfig?: string;
}

/**
 * As root, Dovecot wants its two unprivileged users; mail then belongs to the internal one. As anybody else it can only be that user.
 */
function users(): { internal: string; login: string; uid: number; gid: number } {
	const self = userInfo();
	if (self.uid !== 0) return { internal: self.username, login: self.username, uid: self.uid, gid: self.gid };
	const id = (flag: string): number => Number(execFileSync('id', [flag, 'dovecot'], { encoding: 'utf8' }).trim());
	return { internal: 'dovecot', login: 'dovenull', uid: id('-u'), gid: id('-g') };
}

/** The owner that the mail folder has to have. */
export function mailOwner(): { uid: number; gid: number } {
	const { uid, gid } = users();
	return { uid, gid };
}

/** The whole dovecot.conf: nothing of the machine's own Dovecot is read or written. */
export function dovecotConfig(layout: DovecotLayout): string {
	const { folder, host } = layout;
	const { internal, login, uid, gid } = users();
	const isRoot = userInfo().uid === 0;
	const tls = layout.tlsPort !== undefined;
	const group = isRoot ? 'dovecot' : execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
	return `
protocols = imap
listen = ${host}
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
default_internal_user = ${internal}
default_internal_group = ${group}
default_login_user = ${login}

ssl = ${tls ? 'yes' : 'no'}
${tls ? `ssl_cert = <${layout.certFile}\nssl_key = <${layout.keyFile}\nssl_dh =` : ''}
disable_plaintext_auth = no
auth_mechanisms = plain login
# Names may be anything a test finds useful; a wrong password is answered within half a second.
auth_username_chars =
auth_failure_delay = 0
auth_worker_max_count = 1
passdb {
	driver = static
	args = password=${layout.password}
}
userdb {
	driver = static
	args = uid=${uid} gid=${gid} home=${folder}/mail/%u allow_all_users=yes
}
first_valid_uid = 1
first_valid_gid = 1

mail_location = sdbox:${folder}/mail/%u
mail_fsync = never
mail_max_userip_connections = 1000
# IDLE hears of changes by inotify; where the machine has no instance left it looks once a second instead of every 30.
mailbox_idle_check_interval = 1 secs
mail_max_keyword_length = 100
${layout.compress ? 'protocol imap {\n\tmail_plugins = imap_zlib\n}' : ''}

namespace inbox {
	inbox = yes
	separator = /
}

# One login process for all connections: starting one for each costs more than the tests' dialogues.
service imap-login {
	service_count = 0
	process_min_avail = 1
	process_limit = 1
	client_limit = 1000
	${isRoot ? '' : 'chroot ='}
	inet_listener imap {
		port = ${layout.port}
	}
	inet_listener imaps {
		port = ${layout.tlsPort ?? 0}
		ssl = yes
	}
}
# One process serves one session after another, each with the same rights: a process for each would cost three times as much as the login.
service imap {
	service_count = 1000
	process_limit = 1000
	vsz_limit = 2G
}
service anvil {
	client_limit = 4000
	${isRoot ? '' : 'chroot ='}
	# Otherwise every wrong password makes the next login from this address wait longer.
	unix_listener anvil-auth-penalty {
		mode = 0
	}
}
service auth {
	client_limit = 4000
}
# The oracle asks here.
doveadm_password = ${doveadmPassword}
service doveadm {
	service_count = 1000
	unix_listener http {
		mode = 0600
	}
}
service stats {
	client_limit = 4000
	${isRoot ? '' : 'chroot ='}
}
${layout.extraConfig ?? ''}
`;
}
