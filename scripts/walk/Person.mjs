/** What a person does in n8n's editor, counted: clicks, fields that are filled in, and the seconds that it takes. */
export class Person {
	/** @type {{ title: string, clicks: number, fields: number, seconds: number }[]} */
	steps = [];
	#clicks = 0;
	#fields = 0;

	/** @param {import('playwright-core').Page} page */
	constructor(page) {
		this.page = page;
	}

	/**
	 * Does a part of the walk and counts it.
	 *
	 * @template T
	 * @param {string} title
	 * @param {() => Promise<T>} work
	 */
	async step(title, work) {
		this.#clicks = this.#fields = 0;
		const started = Date.now();
		const result = await work();
		this.steps.push({ title, clicks: this.#clicks, fields: this.#fields, seconds: (Date.now() - started) / 1000 });
		return result;
	}

	/** What was counted since the last step, for tasks that are not timed. */
	async counted(work) {
		this.#clicks = this.#fields = 0;
		await work();
		return { clicks: this.#clicks, fields: this.#fields };
	}

	/** @param {import('playwright-core').Locator} target */
	async click(target) {
		await target.click();
		this.#clicks += 1;
	}

	/** A double click is one thing to do. */
	async open(target) {
		await target.dblclick();
		this.#clicks += 1;
	}

	/** Fills in a field. Going there with Tab or a click is a part of it. */
	async fill(target, text) {
		await target.fill(text);
		// Below a field with the cursor in it, n8n lays a tip over what comes next.
		await target.blur();
		this.#fields += 1;
	}

	/** Searches n8n's list of nodes, where the cursor is in the search field already, and waits for what it finds. */
	async search(text) {
		await this.testId('node-creator-search-bar').waitFor();
		await this.page.keyboard.type(text);
		this.#fields += 1;
		await this.testId('node-creator-item-name')
			.first()
			.and(this.page.getByText(new RegExp(text, 'i')))
			.waitFor();
	}

	/** @param {import('playwright-core').Locator} control opens the dialog of the browser in which files are chosen */
	async chooseFile(control, path) {
		const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), this.click(control)]);
		await chooser.setFiles(path);
		this.#fields += 1;
	}

	/** Chooses in a field that is a list. */
	async choose(parameter, option) {
		await this.click(this.parameter(parameter));
		await this.click(this.#shownOption(option));
	}

	/** Adds a field of a collection, such as an option. */
	async add(collection, option) {
		const part = this.page.locator('[data-test-id="parameter-item"]').filter({ hasText: collection }).last();
		await this.click(part.locator('[data-test-id="collection-parameter-add"]').last());
		await this.click(this.#shownOption(option));
	}

	parameter(name) {
		return this.page.locator(`[data-test-id="parameter-input-${name}"]:visible`).last();
	}

	testId(name) {
		return this.page.locator(`[data-test-id="${name}"]:visible`);
	}

	/** An option by its name; below the name may stand its description. */
	#shownOption(name) {
		const options = this.page.locator('.el-select-dropdown__item:visible, [role="option"]:visible, [role="menuitem"]:visible');
		const named = this.page.getByText(name, { exact: true });
		return options.filter({ has: named }).or(options.and(named)).first();
	}
}
