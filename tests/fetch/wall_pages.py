"""
Pages that stand in the way, and pages that only look like it, as invented publishers have them.

Three kinds, in the languages that feeds come in; each is the HTML that a reader of a feed gets.
"""

from dataclasses import dataclass, field

SHELL = '<!doctype html><html lang="{0}"><head><meta charset="utf-8"><title>{1}</title>{2}</head><body>{3}</body></html>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """One page as it came."""

    body: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    path: str = ""  # where a redirect led; "" for none

    @property
    def raw(self) -> bytes:
        return self.body.encode()


def _page(tongue: str, title: str, body: str, head: str = "", **more: object) -> Wall:
    return Wall(body=SHELL.format(tongue, title, head, body), **more)  # type: ignore[arg-type]


_CSS = "<style>" + "body{margin:0;padding:0}.x{color:#333}" * 700 + "</style>"
_JS = "<script>" + "var a=function(b){return b};" * 300 + "</script>"

CHALLENGES = {
    "en browser": _page("en", "Quay Courier", "<div id=c><h2>One moment</h2><p>We are checking your browser before you enter quay-courier.example. This takes about five seconds.</p></div>" + _JS, _CSS),
    "en human": _page("en", "Quay Courier", "<h1>Prove that you are human to go on</h1><div class=box></div><p>Ray 8c2d</p>" + _JS),
    "en traffic": _page("en", "Access to this page has been limited", "<p>Our systems have detected unusual traffic from your network. Please tick the box below.</p>" + _JS, status=429),
    "de": _page("de", "Sicherheitsabfrage", "<h1>Kurz prüfen wir etwas</h1><p>Bitte bestätigen Sie, dass Sie kein Roboter sind, und warten Sie einen Augenblick.</p>" + _JS, _CSS),
    "fr": _page("fr", "Le Phare du Port", "<p>Avant de continuer, montrez-nous que vous n'êtes pas un robot. Vérification en cours…</p>" + _JS),
    "es": _page("es", "El Farol", "<h3>Estamos comprobando la seguridad de su navegador</h3><p>Espere unos segundos, será redirigido.</p>" + _JS),
    "pt": _page("pt", "O Molhe", "<p>Confirme que é humano: toque e segure o botão. Verificando…</p><button>Segurar</button>" + _JS),
    "it": _page("it", "Il Molo", "<p>Stiamo verificando che la richiesta non provenga da un robot. Attenda qualche secondo.</p>" + _JS),
    "ru": _page("ru", "Портовый вестник", "<p>Мы заметили подозрительную активность с вашего адреса. Подтвердите, что запросы отправляли вы, а не робот.</p>" + _JS),
    "uk": _page("uk", "Причал", "<p>Перевіряємо ваш браузер перед входом на сайт. Зачекайте кілька секунд.</p>" + _JS),
    "pl": _page("pl", "Nabrzeże", "<p>Sprawdzamy, czy nie jesteś robotem. Proszę czekać…</p>" + _JS),
    "tr": _page("tr", "Rıhtım", "<p>Devam etmeden önce robot olmadığınızı doğrulayın.</p>" + _JS),
    "ar": _page("ar", "الميناء", "<p>يرجى التحقق من أنك لست روبوتًا قبل المتابعة. انتظر لحظة.</p>" + _JS),
    "fa": _page("fa", "بندر", "<p>در حال بررسی امنیتی مرورگر شما هستیم، چند ثانیه صبر کنید.</p>" + _JS),
    "he": _page("he", "הרציף", "<p>רגע אחד, אנחנו בודקים שאינך רובוט.</p>" + _JS),
    "hi": _page("hi", "बंदरगाह", "<p>कृपया पुष्टि करें कि आप रोबोट नहीं हैं। सत्यापन चल रहा है।</p>" + _JS),
    "zh": _page("zh", "码头日报", "<p>您的访问出现异常，请完成验证后继续访问。</p><div id=slider></div>" + _JS),
    "ja": _page("ja", "埠頭新聞", "<p>続行するには、あなたがロボットではないことを確認してください。</p>" + _JS),
    "ko": _page("ko", "부두일보", "<p>비정상적인 접근이 감지되었습니다. 보안 문자를 입력해 로봇이 아님을 확인하세요.</p>" + _JS),
    "sv": _page("sv", "Kajen", "<p>Vi kontrollerar att du inte är en robot. Vänta ett ögonblick.</p>" + _JS),
    "ru captcha": _page("ru", "Причал", "<p>Введите капчу</p><form><input name=c></form>"),
    "work": Wall(body="<!doctype html><html><head><title>Making sure</title></head><body><img src='/.within.website/x/cmd/anubis/static/img/p.webp'><p>Loading…</p></body></html>"),
    "json": Wall(body='{"url":"https://geo.captcha-delivery.com/captcha/?initialCid=x"}', status=403),
    "header": Wall(body="denied", status=403, headers={"x-vercel-mitigated": "challenge"}),
    "en1 (2)": _page("en", "Attention Required", "<h1>Sorry, you have been blocked</h1><p>This website uses a security service to protect itself from online attacks. Complete the security check to access the site. Your IP: 1.2.3.4</p>"+_JS),
    "en2 (2)": _page("en", "Client Challenge", "<p>A required part of this site couldn’t load. This may be due to a browser extension, network issues, or browser settings. Please check your connection, disable any ad blockers, or try using a different browser.</p><noscript>JavaScript is disabled in your browser. Please enable JavaScript to proceed.</noscript>"+_JS),
    "en3 (2)": _page("en", "Pardon Our Interruption", "<p>As you were browsing something about your browser made us think you were a bot. To regain access, please make sure that cookies and JavaScript are enabled before reloading the page.</p>"),
    "en4 (2)": _page("en", "", "<p>Please enable JS and disable any ad blocker</p><script data-cfasync=false>var dd={'rt':'c','cid':'x','host':'geo.captcha-delivery.com'}</script>",status=403),
    "en5 (2)": _page("en", "DDoS protection", "<p>Transferring to the website… Your request is being verified.</p>"+_JS),
    "en6 (2)": _page("en", "Verifying your connection", "<p>Hold on while we confirm your connection is secure.</p>"+_JS),
    "en7 (2)": _page("en", "Are you there?", "<p>Press &amp; Hold to confirm you are a human (and not a bot).</p>"+_JS),
    "fr1 (2)": _page("fr", "Vérification", "<p>Merci de patienter pendant que nous vérifions votre navigateur.</p>"+_JS),
    "fr2 (2)": _page("fr", "Journal", "<p>Nous avons détecté un trafic automatisé provenant de votre réseau. Cochez la case pour continuer.</p><input type=checkbox>"+_JS),
    "de1 (2)": _page("de", "Moment bitte", "<p>Ihr Browser wird überprüft, dies dauert nur wenige Sekunden.</p>"+_JS),
    "de2 (2)": _page("de", "Blatt", "<p>Ungewöhnliche Aktivität festgestellt. Lösen Sie die Aufgabe, um fortzufahren.</p><input>"),
    "es1 (2)": _page("es", "Verificación de seguridad", "<p>Haga clic en la casilla para demostrar que es una persona.</p>"+_JS),
    "es2 (2)": _page("es", "Diario", "<p>Necesitamos asegurarnos de que no eres un robot</p>"+_JS),
    "ru1 (2)": _page("ru", "Проверка браузера", "<p>Идёт проверка, подождите несколько секунд…</p>"+_JS),
    "ru2 (2)": _page("ru", "Газета", "<p>Введите символы с картинки, чтобы подтвердить, что вы человек</p><input>"+_JS),
    "zh1 (2)": _page("zh", "人机验证", "<p>请按住滑块，拖动到最右边</p>"+_JS),
    "zh2 (2)": _page("zh", "安全验证", "<p>正在检查您的浏览器，请稍候</p>"+_JS),
    "ja1 (2)": _page("ja", "アクセス確認", "<p>不審なアクセスを検知しました。画像の文字を入力してください。</p><input>"+_JS),
    "ko1 (2)": _page("ko", "보안 확인", "<p>브라우저를 확인하고 있습니다. 잠시만 기다려 주세요.</p>"+_JS),
    "ar1 (2)": _page("ar", "تحقق أمني", "<p>نتحقق من متصفحك، يستغرق ذلك بضع ثوانٍ</p>"+_JS),
    "he1 (2)": _page("he", "אימות", "<p>אנא אשרו שאתם בני אדם כדי להמשיך</p>"+_JS),
    "fa1 (2)": _page("fa", "خبر", "<p>لطفاً ثابت کنید که ربات نیستید</p>"+_JS),
    "tr1 (2)": _page("tr", "Güvenlik kontrolü", "<p>Tarayıcınız kontrol ediliyor, lütfen bekleyin</p>"+_JS),
    "pl1 (2)": _page("pl", "Gazeta", "<p>Wykryliśmy nietypowy ruch z Twojej sieci. Potwierdź, że jesteś człowiekiem.</p>"+_JS),
    "hi1 (2)": _page("hi", "समाचार", "<p>जारी रखने से पहले अपने ब्राउज़र की सुरक्षा जाँच पूरी होने की प्रतीक्षा करें</p>"+_JS),
    "it1 (2)": _page("it", "Controllo", "<p>Un attimo: il sito sta controllando la sicurezza del tuo browser</p>"+_JS),
    "uk1 (2)": _page("uk", "Газета", "<p>Виявлено незвичну активність. Доведіть, що ви людина.</p>"+_JS),
    "sv1 (2)": _page("sv", "Tidningen", "<p>Bekräfta att du är en människa</p>"+_JS),
    "pt1 (2)": _page("pt", "Jornal", "<p>Detectámos pedidos automatizados. Resolva o desafio para prosseguir.</p>"+_JS),
    "en1 (3)": _page("en", "Quay", "<p>We need to make sure you're not an automated program. Please complete this puzzle.</p>"+_JS),
    "en2 (3)": _page("en", "Validating", "<p>Validating your visit. You will be redirected shortly.</p>"+_JS),
    "en3 (3)": _page("en", "Too many visits", "<p>Slow down! Tell us you are a real person.</p><input><button>Continue</button>"),
    "fr1 (3)": _page("fr", "Contrôle de sécurité", "<p>Un instant, nous analysons votre connexion</p>"+_JS),
    "de1 (3)": _page("de", "Blatt", "<p>Wir möchten sichergehen, dass Sie ein Mensch sind.</p><button>Weiter</button>"+_JS),
    "es1 (3)": _page("es", "Diario", "<p>Acceso bloqueado temporalmente por actividad sospechosa. Complete la verificación.</p>"+_JS),
    "ru1 (3)": _page("ru", "Газета", "<p>Доступ временно ограничен из-за автоматических запросов. Нажмите, чтобы продолжить</p><button>Я не робот</button>"),
    "zh1 (3)": _page("zh", "访问验证", "<p>请完成以下操作，验证您是真人</p>"+_JS),
    "ja1 (3)": _page("ja", "新聞", "<p>人間であることを証明してください</p>"+_JS),
    "ko1 (3)": _page("ko", "신문", "<p>계속하려면 사람임을 증명해 주세요</p>"+_JS),
    "ar1 (3)": _page("ar", "جريدة", "<p>أثبت أنك إنسان للمتابعة</p>"+_JS),
    "tr1 (3)": _page("tr", "Gazete", "<p>Ağınızdan olağan dışı trafik algıladık</p><input>"+_JS),
    "hi1 (3)": _page("hi", "अख़बार", "<p>साबित करें कि आप इंसान हैं</p>"+_JS),
    "it1 (3)": _page("it", "Giornale", "<p>Abbiamo rilevato attività insolita. Dimostra di essere umano</p>"+_JS),
}  # fmt: skip

CONSENTS = {
    "en": _page("en", "We value your privacy", "<p>We and our 812 partners store and access information on your device, such as cookies.</p><button>Accept all</button><button>Reject all</button>" + _JS),
    "en gate": _page("en", "Harbour Gazette", "<div><h2>Before you continue</h2><p>We use cookies and data to deliver our services. If you agree, we and our partners also use cookies to measure audiences and to show adverts. Your consent can be withdrawn. Read our privacy notice and the cookie list.</p><form><button>I agree</button></form></div>", _CSS),
    "de pur": _page("de", "Hafenblatt", "<h2>Weiterlesen mit Werbung</h2><p>Besuchen Sie uns wie gewohnt mit Werbung und Tracking. Ihre Einwilligung können Sie jederzeit widerrufen. Details zu Cookies in der Datenschutzerklärung.</p><button>Akzeptieren und weiter</button><p>Oder ohne Werbung mit dem Pur-Abo. Ihre Zustimmung ist dann nicht nötig.</p>" + _JS),
    "fr": _page("fr", "Le Phare du Port", "<p>Avec votre accord, nos partenaires et nous utilisons des cookies pour traiter des données personnelles. Vous pouvez retirer votre consentement. Voir notre politique de confidentialité.</p><button>Continuer sans accepter</button><button>Accepter</button>" + _JS),
    "es": _page("es", "El Farol - Su privacidad", "<p>Utilizamos cookies propias y de terceros. Puede aceptar o rechazar su uso, o pagar por navegar sin ellas.</p><a href=/x>Aceptar y continuar</a>" + _JS),
    "pt": _page("pt", "O Molhe", "<p>Nós e os nossos parceiros usamos cookies. O seu consentimento aplica-se a este sítio. Pode aceitar ou gerir as opções de privacidade.</p><button>Aceitar tudo</button>"),
    "it": _page("it", "Il Molo", "<p>Per leggere gratis occorre accettare i cookie di profilazione, oppure abbonarsi. Il consenso si può revocare dall'informativa privacy.</p><button>Accetta e continua</button>" + _JS),
    "pl": _page("pl", "Nabrzeże", "<p>Klikając „Przejdź do serwisu” wyrażasz zgodę na zapisywanie plików cookie i przetwarzanie danych osobowych przez nas i zaufanych partnerów. Zgodę możesz wycofać. Polityka prywatności.</p><button>Przejdź</button>"),
    "ru": _page("ru", "Портовый вестник", "<p>Мы используем файлы cookie и обрабатываем персональные данные. Продолжая, вы даёте согласие. Политика конфиденциальности.</p><button>Принять</button>"),
    "tr": _page("tr", "Rıhtım", "<p>Sitemizde çerez kullanılır. Kişisel verilerin işlenmesine açık rıza vermek için kabul edin. Gizlilik ve çerez politikası.</p><button>Kabul et</button>"),
    "ja": _page("ja", "埠頭新聞", "<p>当サイトはクッキーを使用します。個人情報の取り扱いとプライバシーポリシーに同意のうえお進みください。</p><button>同意する</button>"),
    "nl": _page("nl", "De Kade", "<p>Wij vragen uw toestemming voor cookies. Onze partners verwerken persoonsgegevens. Accepteer alle cookies of stel uw privacy zelf in.</p><button>Alles accepteren</button>"),
    "ar": _page("ar", "الميناء", "<p>نستخدم ملفات تعريف الارتباط. بالضغط على موافق فإنك توافق على سياسة الخصوصية وتقبل ملفات تعريف الارتباط.</p><button>موافق</button>"),
    "moved": _page("en", "Harbour Gazette", "<p>Please choose.</p>" + _JS, path="/privacy-gate/?return=%2Frss"),
    "moved de": _page("de", "Hafenblatt", "<p>Bitte wählen Sie.</p>" + _JS, path="/einwilligung?ziel=/rss"),
    "en1 (2)": _page("en", "Your choices", "<p>Choose how your data is used. With your permission we and our partners would like to use precise location and identify your device. You may object where legitimate interest applies. Manage preferences.</p><button>Agree and close</button><p>Privacy policy · Cookies · Vendors</p>"+_JS),
    "en2 (2)": _page("en", "The Quay", "<p>Support us or accept tracking</p><p>Subscribe to browse without tracking cookies or accept all cookies to continue for free.</p><button>Accept</button>"),
    "de1 (2)": _page("de", "Zustimmung erforderlich", "<p>Wir und bis zu 200 Partner verarbeiten Daten auf Ihrem Endgerät.</p><button>Alle akzeptieren</button><button>Einstellungen</button>"+_JS),
    "de2 (2)": _page("de", "Blatt", "<p>Einverstanden? Für das kostenlose Angebot benötigen wir Ihre Zustimmung zur Nutzung von Cookies. Datenschutz Impressum</p><button>OK</button>"),
    "fr1 (2)": _page("fr", "Vos choix", "<p>Le respect de votre vie privée est notre priorité. Accepter les cookies ou s'abonner pour 2 € par mois.</p>"+_JS),
    "es1 (2)": _page("es", "Diario", "<p>Si continúa gratis, acepta el uso de cookies y el tratamiento de sus datos personales; si rechaza, puede suscribirse. Gestionar consentimiento. Política de privacidad.</p>"),
    "it1 (2)": _page("it", "Giornale", "<p>Noi e terze parti utilizziamo cookie. Cliccando Accetta presti il consenso. Rifiuta e abbonati.</p>"),
    "ru1 (2)": _page("ru", "Газета", "<p>Чтобы продолжить, согласитесь на обработку файлов cookie</p><button>Согласен</button>"),
    "zh1 (2)": _page("zh", "隐私设置", "<p>我们使用 Cookie。点击“同意”即表示您接受我们的隐私政策。</p><button>同意</button>"),
    "ko1 (2)": _page("ko", "신문", "<p>쿠키 사용 및 개인정보 처리방침에 동의해 주세요.</p><button>동의</button>"),
    "pl1 (2)": _page("pl", "Szanujemy Twoją prywatność", "<p>Zgadzam się na użycie plików cookies</p><button>Akceptuję</button>"),
    "pt1 (2)": _page("pt", "Jornal", "<p>Ao clicar em Aceito, consente o uso de cookies e o tratamento de dados pessoais.</p><button>Aceito</button>"),
    "fa1 (2)": _page("fa", "خبر", "<p>ما از کوکی استفاده می‌کنیم. با ادامه، حریم خصوصی ما را می‌پذیرید و رضایت می‌دهید.</p><button>موافقم</button>"),
    "he1 (2)": _page("he", "עיתון", "<p>אנו משתמשים בעוגיות. באישור אתם מסכימים למדיניות הפרטיות.</p><button>אישור</button>"),
    "sv1 (2)": _page("sv", "Tidning", "<p>Vi behöver ditt samtycke för cookies. Läs om hur vi hanterar personuppgifter.</p><button>Godkänn alla</button>"),
    "en1 (3)": _page("en", "Daily Quay", "<p>Continue with ads or subscribe. To continue for free you agree to tracking by us and 300 vendors. Privacy centre.</p><button>Agree</button>"),
    "fr1 (3)": _page("fr", "Journal", "<p>En cliquant sur « Tout accepter », vous consentez aux traceurs. Gérer mes choix. Politique de cookies</p>"+_JS),
    "de1 (3)": _page("de", "Blatt", "<p>Um unser Angebot kostenlos zu nutzen, stimmen Sie bitte der Verarbeitung Ihrer personenbezogenen Daten zu.</p><button>Zustimmen</button><button>Ablehnen</button>"),
    "es1 (3)": _page("es", "Tu privacidad es importante", "<p>Elige cómo quieres leernos</p><button>Aceptar</button><button>Suscribirme</button>"),
    "tr1 (3)": _page("tr", "Gazete", "<p>Çerezleri kabul ederek devam edebilirsiniz. KVKK aydınlatma metni. Onay veriyorum</p>"),
    "uk1 (3)": _page("uk", "Газета", "<p>Погодьтеся на використання файлів cookie, щоб читати далі. Даю згоду.</p><button>Прийняти</button>"),
    "hi1 (3)": _page("hi", "अख़बार", "<p>हम कुकी का उपयोग करते हैं। गोपनीयता नीति से सहमत हों</p><button>सहमत</button>"),
    "ja1 (3)": _page("ja", "クッキーへの同意", "<p>続けるには選択してください</p><button>すべて受け入れる</button>"),
}  # fmt: skip

_FORM = "<form method=post><input name=u><input type=password name=p><button>OK</button></form>"
CAPTIVES = {
    "en": _page("en", "Harbour Hotel Wi-Fi", "<h1>Welcome</h1><p>Sign in to get online. Enter your room number and surname.</p>" + _FORM),
    "en free": _page("en", "Free WiFi", "<p>Accept the terms to connect to the internet.</p><form><input type=checkbox><button>Connect</button></form>"),
    "de": _page("de", "Willkommen im Gäste-WLAN", "<p>Bitte melden Sie sich mit Ihrer Zimmernummer an, um das Internet zu nutzen. Anmelden</p>" + _FORM),
    "fr": _page("fr", "Portail", "<p>Bienvenue sur le Wi-Fi du train. Connexion à Internet en un clic.</p><button>Je me connecte</button>"),
    "es": _page("es", "Hotel del Puerto", "<p>Conéctese a nuestra red WiFi. Acceso a internet para huéspedes.</p>" + _FORM),
    "pt": _page("pt", "Bem-vindo", "<p>Rede Wi-Fi do aeroporto. Entrar com o seu e-mail para aceder à internet.</p>" + _FORM),
    "it": _page("it", "Benvenuti", "<p>Per navigare con il WiFi della stazione accedi con il tuo numero di telefono.</p>" + _FORM),
    "ru": _page("ru", "Авторизация", "<p>Для доступа к Wi-Fi подтвердите номер телефона. Войти в интернет</p>" + _FORM),
    "pl": _page("pl", "Witamy", "<p>Aby korzystać z sieci WiFi w hotelu, zaloguj się.</p>" + _FORM),
    "tr": _page("tr", "Otel", "<p>Kablosuz internete bağlanmak için oda numaranızı girin.</p>" + _FORM),
    "zh": _page("zh", "上网认证", "<p>欢迎使用酒店无线网络，请输入手机号登录。</p>" + _FORM),
    "ja": _page("ja", "ようこそ", "<p>ホテルのWi-Fiです。利用規約に同意してインターネットに接続してください。</p>" + _FORM),
    "ko": _page("ko", "환영합니다", "<p>호텔 와이파이에 연결하려면 로그인하세요.</p>" + _FORM),
    "ar": _page("ar", "أهلاً بكم", "<p>للاتصال بشبكة واي فاي الفندق أدخل رقم الغرفة ثم تسجيل الدخول.</p>" + _FORM),
    "script": Wall(body="<script>top.self.location.href='http://172.16.0.5/eportal/index.jsp?wlanuserip=1&wlanacname=2'</script>"),
    "refresh": Wall(body='<html><head><meta http-equiv="refresh" content="0; url=http://192.168.88.1/login?dst=http%3A%2F%2Fa"></head></html>'),
    "moved": _page("en", "Login", "<p>Log in.</p>" + _FORM, path="/login?client_mac=00:11&ssid=guest"),
    "en1 (2)": _page("en", "Guest access", "<p>Log on to the guest network with the voucher you got at reception.</p>"+_FORM),
    "en2 (2)": _page("en", "Airport hotspot", "<p>30 minutes of internet for free</p><button>Start</button>"),
    "en3 (2)": _page("en", "Web Portal", "<p>You must log in to this network before you can access the Internet.</p>"+_FORM),
    "de1 (2)": _page("de", "Hotspot im Zug", "<p>Mit dem Internet verbinden</p><button>Los</button>"),
    "fr1 (2)": _page("fr", "Hôtel", "<p>Identifiez-vous pour accéder au réseau sans fil</p>"+_FORM),
    "es1 (2)": _page("es", "Portal", "<p>Debe iniciar sesión para usar la red inalámbrica y acceder a internet</p>"+_FORM),
    "ru1 (2)": _page("ru", "Гостевая сеть", "<p>Введите код из SMS для подключения к сети Wi-Fi</p>"+_FORM),
    "zh1 (2)": _page("zh", "欢迎", "<p>连接WiFi上网，请先登录</p>"+_FORM),
    "fa1 (2)": _page("fa", "هتل", "<p>برای اتصال به اینترنت بی‌سیم وارد شوید</p>"+_FORM),
    "he1 (2)": _page("he", "מלון", "<p>התחברות לרשת האלחוטית: הזינו מספר חדר</p>"+_FORM),
    "hi1 (2)": _page("hi", "होटल", "<p>वाई-फ़ाई से जुड़ने के लिए लॉग इन करें</p>"+_FORM),
    "meta (2)": Wall(body='<HTML><HEAD><meta http-equiv="refresh" content="1;url=http://10.1.0.1:8880/guest/s/default/?ap=aa&id=bb&url=http://x"></HEAD></HTML>'),
    "cisco (2)": Wall(body='<HTML><HEAD><TITLE> Web Authentication Redirect</TITLE><META http-equiv="Cache-control" content="no-cache"></HEAD></HTML>'),
    "js (2)": Wall(body='<html><script>location.replace("http://192.168.0.1/portal?gw_id=1&url=");</script></html>'),
    "fortinet (2)": Wall(body='<html><body><script language="JavaScript">window.location="http://172.20.1.1:1000/fgtauth?0407a2";</script></body></html>'),
    "en1 (3)": _page("en", "Coffee & WiFi", "<p>Tap below and enjoy our internet</p><button>Enjoy</button>"),
    "en2 (3)": _page("en", "Welcome aboard", "<p>Onboard Wi-Fi: buy a pass or sign in</p>"+_FORM),
    "fr1 (3)": _page("fr", "Bienvenue", "<p>Connectez-vous au réseau WIFI de l'hôtel</p>"+_FORM),
    "pl1 (3)": _page("pl", "Hotel", "<p>Hotspot: zaloguj się do internetu</p>"+_FORM),
    "uk1 (3)": _page("uk", "Готель", "<p>Увійдіть, щоб користуватися Wi-Fi</p>"+_FORM),
    "sv1 (3)": _page("sv", "Tåget", "<p>Anslut till tågets wifi</p><button>Anslut</button>"),
    "he1 (3)": _page("he", "רכבת", "<p>ברוכים הבאים ל-WiFi של הרכבת, התחברו לאינטרנט</p>"+_FORM),
    "query (3)": _page("en", "Portal", "<p>Hello</p>"+_FORM,path="/?res=notyet&uamip=10.1.1.1&uamport=3990&mac=00"),
}  # fmt: skip

_NEWS = "".join(
    f"<li><a href='/{n}'>Crane {n} lifts a cargo of timber at the northern quay</a><p>The harbour master said on Monday that the tide had been kind to everybody.</p></li>"
    for n in range(40)
)
_BANNER = "<div class=cookie><p>We use cookies. Accept or reject; see our privacy notice and the cookie policy.</p><button>Accept</button></div>"
ORDINARY = {
    "home": _page("en", "Harbour Gazette", f"<ul>{_NEWS}</ul>{_BANNER}"),
    "home behind cloudflare": _page("en", "Harbour Gazette", f"<ul>{_NEWS}</ul><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"),
    "home de": _page("de", "Hafenblatt", f"<ul>{_NEWS}</ul><p>Cookies, Datenschutz, Einwilligung verwalten</p>"),
    "not found": _page("en", "Page not found", "<h1>Sorry</h1><p>We could not find that page. Check the address, or go to our home page.</p><form><input name=q><button>Search</button></form>"),
    "not found with banner": _page("en", "Page not found", f"<h1>Sorry</h1><p>We could not find that page. It may have been moved or deleted; try the search, or one of the sections above, or write to our readers' desk and we will look for it.</p>{_BANNER}<a href=/>Home</a>"),
    "not found ru": _page("ru", "Страница не найдена", "<p>Возможно, она была удалена. Вернитесь на главную.</p><form><input></form>"),
    "not found zh": _page("zh", "页面不存在", "<p>您访问的页面不存在或已被删除，返回首页。</p>"),
    "shell": _page("en", "Quay Courier", "<div id=root></div><noscript>You need to enable JavaScript to run this app.</noscript>" + _JS),
    "maintenance": _page("en", "Down for maintenance", "<p>We are improving our security and will be back in a few minutes. Please check back soon.</p>"),
    "maintenance fr": _page("fr", "Maintenance", "<p>Le site est en maintenance. Merci de revenir dans quelques instants.</p>"),
    "subscribers": _page("en", "Log in - Quay Courier", "<p>This article is for subscribers. Log in or start a free trial.</p>" + _FORM),
    "subscribers de": _page("de", "Anmelden", "<p>Dieser Artikel ist unseren Abonnenten vorbehalten. Bitte melden Sie sich an.</p>" + _FORM),
    "parked": _page("en", "quay-courier.example is for sale", "<p>This domain may be for sale. Inquire now.</p><a href=/x>Buy it</a>"),
    "rights": _page("en", "Human Rights Courier", "<p>No such page. Our reporters verify what they write; wait for the next issue.</p>"),
    "robots": _page("en", "Robotics weekly", f"<ul>{_NEWS.replace('Crane', 'Robot')}</ul>"),
    "wifi news": _page("en", "Wi-Fi in the harbour: a test", f"<ul>{_NEWS}</ul><form><input name=q></form><p>Log in to connect</p>"),
    "listing": _page("en", "Index of /feeds", "<h1>Index of /feeds</h1><a href=a.xml>a.xml</a><a href=b.xml>b.xml</a>"),
    "server": _page("en", "Welcome to nginx!", "<p>If you see this page, the web server is successfully installed and working. Further configuration is required.</p>"),
    "privacy page (2)": _page("en", "Privacy policy", "<h1>Privacy policy</h1><p>"+("We keep the addresses of readers for as long as the law asks and then delete them. You may write to our desk at any time and ask what we hold about you. "*60)+"We use cookies; consent can be withdrawn.</p>"),
    "login (2)": _page("en", "Sign in", "<p>Sign in to your account</p>"+_FORM),
    "unsupported (2)": _page("en", "Unsupported browser", "<p>Your browser is too old for this site. Please update it.</p>"+_JS),
    "empty (2)": _page("en", "", "" ),
    "500 (2)": _page("en", "Error", "<p>Something went wrong. Please try again in a moment.</p>"+_JS,status=500),
    "403 (2)": _page("en", "403 Forbidden", "<h1>403 Forbidden</h1><p>nginx</p>",status=403),
    "moved (2)": _page("en", "Moved", "<p>Our feeds have moved; please update your reader.</p><a href=/x>here</a>"),
    "telecom (2)": _page("en", "Telecom news", "<ul>"+_NEWS+"</ul><p>Wi-Fi internet log in</p>"),
    "geo (2)": _page("en", "Not available", "<p>This content is not available in your country.</p>"+_JS),
    "newsletter (2)": _page("en", "Subscribe", "<p>Enter your address to get our letter each morning. We respect your privacy.</p>"+_FORM),
    "shop ru (2)": _page("ru", "Вход", "<p>Войдите, чтобы читать статью. Пароль</p>"+_FORM),
    "redirecting (2)": _page("en", "Redirecting", "<p>You are being redirected to our new site in 5 seconds.</p>"+_JS),
    "feed list (2)": _page("en", "RSS feeds", "<p>Choose one of our feeds:</p>"+"".join(f"<a href=/{n}.xml>{n}</a> " for n in range(9))),
    "suspended (2)": _page("en", "Account suspended", "<p>This account has been suspended. Contact your hosting provider.</p>"),
    "security news (2)": _page("en", "Security desk", "<p>Our desk on security: choose a section.</p><a href=1>Navy</a><a href=2>Army</a><a href=3>Air</a>"+_JS),
    "spa (3)": _page("en", "Quay Courier: security and defence news", "<div id=app></div>"+_JS),
    "offer (3)": _page("en", "Subscribe to Quay Courier", "<p>Unlimited articles. Cancel at any moment. Two weeks free.</p><button>Subscribe</button>"+_JS),
    "error ru (3)": _page("ru", "Ошибка", "<p>Сервер временно недоступен. Подождите несколько минут и повторите запрос.</p>",status=503),
    "error zh (3)": _page("zh", "系统维护中", "<p>系统正在维护，请稍候访问。</p>"),
    "500 js (3)": _page("en", "Application error", "<p>A client-side exception has occurred (see the browser console for more information).</p>"+_JS),
    "blocked country (3)": _page("en", "451", "<p>Unavailable for legal reasons in the European Union because of data protection law.</p>",status=451),
    "search (3)": _page("en", "Search results", "<p>No results. Check your spelling or try other words.</p><form><input></form>"+_JS),
    "contact (3)": _page("en", "Contact", "<p>Write to us. We protect your data as our privacy policy says.</p>"+_FORM),
    "old feed (3)": _page("en", "RSS discontinued", "<p>We no longer offer RSS. Follow us in our app for instant news.</p>"),
    "app (3)": _page("en", "Open in app", "<p>Get the app to continue</p><a href=x>Open</a>"+_JS),
    "iran (3)": _page("fa", "خبر", "<ul>"+_NEWS+"</ul>"),
    "hosting (3)": _page("en", "Site not configured", "<p>The host name is not configured. Please check your DNS settings.</p>"),
    "meta (3)": Wall(body='<html><head><meta http-equiv="refresh" content="0; url=https://www.quay.example/news"></head></html>'),
}  # fmt: skip
