/**
 * Words of the lines with which mail programs introduce a quotation, in lower case, in the languages they are written in. They
 * stand in sets, since which of them a line holds is all that is asked.
 */

function words(...lists: string[]): ReadonlySet<string> {
	return new Set(lists.flatMap((list) => list.split(' ')));
}

/** "wrote". Endings in brackets or after a slash ("napisał(a)", "napisao/la") are cut off before the look-up. */
export const wroteWords = words(
	'wrote writes schrieb schrieben geschrieben écrit écrivait escribió escribio escreveu scritto scrisse schreef geschreven',
	'skrev skriver skrifaði kirjoitti kirjoittaa pisze napisał napisała napisana napisal napsal napsala píše napísal napísala írta',
	'yazdı yazmış scris scrisese έγραψε написал написала написали написав написала пишет пише писал писала написа написао',
	'напісаў napisao napisala napisali piše rašė parašė rakstīja kirjutas escriure escrit escribiu idatzi kirjoittanut',
	'viết menulis nagsulat ndikiye shkroi написао напиша כתב כתבה كتب كتبت كتابة نوشت नोशت लिखा লিখেছেন எழுதியது',
	'դրեց წერდა жазды yazıb missatge menulis isinulat aliandika бичсэн geskryf escribiu',
	'quoting quoted zitat zitiere citando citat citaat citation cytowanie cytat citát idézet цитирую цитата цитат',
);

/** "wrote" in the scripts that put no space between words. */
export const unspacedWroteWords = ['写道', '寫道', '写了', '撰寫', 'のメッセージ', '書きました', '作成', '작성', 'เขียน'];

/** What else stands between date, name and address. */
export const connectingWords = words(
	'on at am um le la el il al in em op den på dne dnia dňa w în pe στις στη vào pada na v u o ob у в во і kl klo klockan',
	'kl. od do de da di del della do dos das du des den der het het von vom van zu und and y e et i by from via the that this',
	'a an à às às las les los alle alla ore à om uhr uur h hs hr hrs p.m a.m pm am ч г год године г.',
	'hat ha has a je jo va heeft hat han hun følgende folgendes volgende följande volgend seuraavaa lo siguiente seguente',
	'dia giorno data datum date jour día den tag päivänä kuupäeval kell plkst lietotājs vartotojas',
	'uživatel uživatelka odesílatel používateľ odosielateľ užívateľ użytkownik pan pani oseba korisnik korisnica käyttäjä',
	'пользователь користувач от від од пользователя потребител korisnika utilizator utilizatorul utilisateur usuario utente',
	'ο η χρήστης την τις π.μ μ.μ tarihinde đã şunu şunları saat ezt időpont dátum lúc pukul vào ngày da messaggio',
	'keltezéssel dátummal időpontban przez dniu dana del les lietotāja',
	'noong nang ni ang mnamo saa asubuhi mchana jioni usiku оны сарын цагт нь më në het article',
	'gmt utc cet cest met mez mesz msk est edt pst pdt cst cdt mst mdt bst ist jst kst',
);

/** How a wrapped attribution may begin, besides by a digit or a day of the week. */
export const openingWords = words(
	'on at am le el il in em no op den på dne dnia dňa w în pe στις στη vào pada na v у в на пн вт ср чт пт сб вс el',
	'em dia dana dňa dne la pe às dnia kl ngày lúc o noong mnamo më article',
);

/** What an attribution begins with in languages that say "Message from". */
export const openingNouns = words('wiadomość missatge quoting zitat citando citat citát');

/** Whom somebody wrote to, and whose colleague he is: programs speak of nobody. */
export const personalWords = words(
	'me us him her them my our your his their mir uns mich ihm ihnen dir mein meine unser unsere ihr ihre dein deine moi nous lui leur',
	'mon notre votre vos mio mia nostro vostra vostro suo nos sus nuestro nuestra vuestro tu seu sua nosso nossa',
	'meu minha mij hem haar mijn onze uw jullie mig oss honom henne min vår er din mnie nam mi mój nasz twój wasz mně nám můj náš váš',
	'мне нам ему ей им мой наш ваш мені нам йому мій bana bize nekem nekünk nouă minulle meille',
);

/** How a sentence goes on to tell who wrote something: "As Shakespeare wrote:". */
export const tellingWords = words(
	'as like what yesterday today wie was gestern heute comme hier ce como ayer come ieri zoals gisteren som igår kuten eilen jak wczoraj',
	'včera как вчера як вчора ahogy tegnap dün cum ieri όπως χθες',
);

/** Who people speak of when they tell what somebody wrote. */
export const pronouns = words(
	'i he she we you they it who someone somebody nobody ich er sie wir ihr du man jemand niemand je il elle nous vous tu ils elles',
	'yo él ella usted nosotros ellos alguien io lui lei noi voi loro qualcuno eu ele ela nós você eles alguém ik hij zij wij jij',
	'jullie iemand jag han hon du vi ni någon jeg hun vi noen nogen minä hän me te he joku já on ona my vy oni někdo ja ty my wy',
	'ktoś én ő mi ti valaki ben o biz siz onlar biri я він вона ми ви вони хтось ты он она мы вы они кто-то кто eu el ea noi',
	'voi cineva εγώ αυτός αυτή εμείς εσείς κάποιος аз той тя ние вие те някой jaz mi vi mina tema meie teie es viņš viņa mēs jūs',
	'aš jis ji mes jūs tôi anh chị ông bà họ saya dia kami mereka jo ell ella nosaltres',
);
