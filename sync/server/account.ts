/** The account a state belongs to. `name` is what people read; `user` and `host` distinguish accounts. */
export interface Account {
	/** e.g. "alice@example.com"; the item field `account` */
	name: string;
	user: string;
	/** host:port */
	host: string;
}
