/** A mailbox of an address field. `name` and `address` are empty where the header gave none. */
export interface MailAddress {
	name: string;
	address: string;
}
