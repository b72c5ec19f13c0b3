"""
What pages that stand in the way say, in the languages that feeds come in. PURE.

Stems in lower case; an underscore is any white space. One stem proves nothing: walls asks for
several of different kinds, on a page that says little else.
"""

import re
from typing import Final
from unicodedata import normalize


def _any(stems: str) -> re.Pattern[str]:
    said = normalize("NFKC", stems.casefold()).split()
    return re.compile("|".join(re.escape(stem).replace("_", r"\s") for stem in said))


# ── bots ────────────────────────────────────────────────────────────────────────

CAPTCHA: Final = _any("""
    captcha kapcha капч 验证码 驗證碼 キャプチャ 画像認証 캡차 캡챠 كابتشا کپچا קפצ'ה
    कैप्चा
""")
WHO: Final = re.compile(
    r"robot|robô|robotem|\bbots?\b|робот|روبوت|الروبوت|ربات|رבוט|רובוט|ロボット|로봇|机器人|機器人|रोबोट"
    r"|\bhuman\b(?!\s+(?:rights|rescue|development|trafficking))|\bmensch\b|menschlich|humain\b"
    r"|(?:real|actual)\sperson|vraie\spersonne|persona\sreal|pessoa\sreal|echte\sperson|\bhumano|\bumano|człowiek|человек|людин|\binsan\b|真人|人机|人機|人間|사람|إنسان|بشري|انسان"
    r"|אנושי|בן\sאדם|בני\sאדם|मानव|इंसान|मनुष्य|människa|mänsklig|menselijk|\bmens\b"
)
BROWSER: Final = _any("""
    browser navigateur navegador браузер przeglądark tarayıcı 浏览器 瀏覽器 ブラウザ
    브라우저 متصفح مرورگر דפדפן ब्राउज़र ब्राउज़र webbläsare
""")
CHECK: Final = re.compile(
    r"verif|vérif|überprüf|\bprüf|check(?!\s*(?:back|out|list|your\s(?:spelling|dns|address|url)))|make\ssure|validat|valider"
    r"|puzzle|comprob|cerciora|controll|contrôl|analys(?:e|on|ier|ing)|asegur|provar|provai|prove\b"
    r"|prouv|montrez|demuestr|demostr|beweis|nachweis|bestätig|confirm|dimostr|провер|перевір|доказ"
    r"|докаж|довед|подтверд|підтверд|sprawdz|weryfik|potwierd|udowodn|doğrula|kontrol|kanıtla|验证|驗證"
    r"|检查|檢查|校验|证明|證明|認証|検証|証明|확인하|검증|인증|증명|تحقق|أثبت|بررسی|ثابت|אימות|בודק|מאמת|הוכיח|सत्याप"
    r"|जाँच|साबित|पुष्टि|bekräft|bevisa|bevestig|bewijs"
)
SECURITY: Final = _any("""
    secur sécur sicherheit segur sicurez безопасн безпек bezpiecz güvenlik 安全
    セキュリティ 보안 أمان الأمن امنیت אבטח सुरक्षा säkerhet beveilig protect schutz
    защит захист ddos 防护 防護 보호
""")
UNUSUAL: Final = _any("""
    unusual suspicious inhabituel suspect ungewöhnlich verdächtig inusual sospechos
    incomum suspeit insolit sospett необычн подозрит незвичн підозріл nietypow podejrzan
    olağan_dışı olağandışı şüpheli 异常 異常 不審 不正 비정상 의심 غير_عادي غير_معتاد
    مشبوه غیرعادی غیر_عادی مشکوک חריג חשוד असामान्य संदिग्ध ovanlig misstänk
    ongebruikelijk verdacht automated automatisé automatisiert automatizad automatizzat
    автоматич zautomatyzowan otomatik 自动 自動 자동 آلية خودکار אוטומט स्वचालित
    automatiserad
""")
WAIT: Final = _any("""
    hold_on redirected moment instant wait second sekund segundo minut warten espere
    aguarde attend patient подожд секунд зачека чека czekać bekleyin saniye 请稍 請稍
    稍候 稍等 お待ち 秒 기다려 잠시 انتظر الانتظار لحظة ثوان صبر ثانیه لحظه המתן רגע
    שניות प्रतीक्षा सेकंड vänta ögonblick javascript
""")

TRAFFIC: Final = _any("""
    traffic trafic verkehr tráfico tráfego traffico трафик трафік trafik trafiğ 流量
    트래픽 ترافیک תעבור ट्रैफ़िक request anfrage demande solicitud pedido richiest
    запрос запит żąda istek 请求 請求 リクエスト 요청 طلب درخواست בקש अनुरोध activity
    activité aktivität actividad atividade attività активност aktywno etkinlik 活动 活動
    활동 نشاط فعالیت פעילות गतिविधि 访问 訪問 アクセス 접속 접근 وصول دسترسی גישה
""")
BLOCKED: Final = _any("""
    blocked blockiert gesperrt bloqué bloquead bloccat заблокир ограничен обмежен
    zablokowan engellen 拦截 屏蔽 封锁 차단 ブロック 制限 محظور حظر مسدود חסום נחסם
    अवरुद्ध blockerad geblokkeerd attack angriff attaque ataque attacc атак
""")
MISSING: Final = _any("""
    not_found 404 introuvable nicht_gefunden no_encontrad no_se_encontr não_encontrad
    não_foi_encontrad non_trovat не_найден не_знайден nie_znalezion bulunamad 未找到
    不存在 找不到 見つかりません 찾을_수_없 غير_موجود لم_يتم_العثور یافت_نشد לא_נמצא
    नहीं_मिल hittades_inte niet_gevonden finns_inte
""")

# ── consent ─────────────────────────────────────────────────────────────────────

COOKIE: Final = _any("""
    cookie куки кукі печив çerez كوكيز تعريف_الارتباط کوکی עוגיות クッキー 쿠키 कुकी
    tracking traceur rastread трекер
""")
AGREE: Final = _any("""
    reject ablehn stimmen_sie refuser rechaz rejeit rifiut отклон odrzu reddet 拒绝 拒否
    受け入れ 거부 رفض consent consens agree einwillig zustimm einverstanden akzept
    accept aceptar acepto aceitar aceito accett соглас принять принима згод прийня zgod
    zgadza akcept rıza onay kabul 同意 接受 동의 수락 موافق أوافق قبول رضایت موافقم
    پذیرش הסכמ מסכים אישור सहमत स्वीकार samtyck godkänn toestemming akkoord accepteer
""")
PRIVACY: Final = _any("""
    privacy datenschutz personenbezogen dsgvo gdpr rgpd confidentialité vie_privée
    données_personnelles privacidad datos_personales privacidade dados_pessoais lgpd
    riservatezza dati_personali конфиденциальн персональн приватн персональн prywatno
    dane_osobowe danych_osobowych gizlilik kişisel_veri kvkk 隐私 隱私 个人信息 個人情報
    プライバシー 개인정보 الخصوصية خصوصيتك حریم_خصوصی פרטיות गोपनीयता integritet
    personuppgift persoonsgegevens
""")

DATA: Final = _any("""
    your_data ihre_daten daten_auf vos_données sus_datos seus_dados suoi_dati tuoi_dati
    ваши_данные ваших_данных twoje_dane verilerini 您的数据 お客様のデータ 데이터
    بياناتك داده‌های_شما הנתונים_שלכם आपका_डेटा dina_uppgifter uw_gegevens your_device
    partner vendors third_part drittanbieter terceros terze_parti
""")

# ── somebody's network ──────────────────────────────────────────────────────────

WIRELESS: Final = re.compile(
    r"wi[\s.‐-]?fi|wlan|hot[\s-]?spot|captive|вай[\s-]?фай|беспроводн|бездротов|bezprzewodow|kablosuz"
    r"|无线|無線|上网认证|와이파이|무선|واي[\s-]?فاي|لاسلكي|وای[\s\u200c-]?فای|بی[\s\u200c]?سیم|וויי?[\s־-]?פיי?"
    r"|אלחוטי|वाई[\s-]?फ़?ाई|inalámbric|sans[\s-]fil|sem[\s-]fio|senza[\s-]fili|trådlös|draadlo"
    r"|(?:this|our|the)\snetwork|dieses\snetz|ce\sréseau|esta\sred\b|esta\srede|questa\srete"
    r"|(?:этой|нашей|гостевой)\sсети|гостевая\sсеть|此网络|このネットワーク"
    r"|guest\s(?:network|access|internet)|gäste(?:netz|zugang)|réseau\sinvité|red\sde\sinvitados"
)
ACCESS: Final = re.compile(
    r"log[\s-]?in|log[\s-]?on|sign[\s-]?in|connect|internet|online|anmeld|einloggen|verbind|zugang"
    r"|connex|identifi|conect|acced|acceso|acess|entrar|войти|войд|увійд|вход|авториз|подключ|интернет|увійти"
    r"|підключ|інтернет|zaloguj|połącz|giriş|bağlan|登录|登入|登錄|上网|连接|連接|ログイン|接続|インターネット|로그인"
    r"|연결|인터넷|الدخول|اتصال|الاتصال|إنترنت|الإنترنت|ورود|اینترنت|התחבר|כניסה|אינטרנט|लॉग|कनेक्ट|इंटरनेट|logga\sin"
    r"|anslut|inloggen|aanmelden"
)
