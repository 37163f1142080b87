// Domains that belong to everybody: mail providers and sites on which companies have a page.

const MAIL_HOSTS = new Set(
  `gmail.com googlemail.com icloud.com me.com mac.com aol.com aim.com msn.com passport.com ymail.com rocketmail.com mail.com
  email.com usa.com web.de t-online.de freenet.de arcor.de online.de posteo.de mailbox.org mail.ru bk.ru inbox.ru list.ru
  rambler.ru ya.ru proton.me protonmail.com protonmail.ch pm.me zoho.com zohomail.com qq.com foxmail.com 163.com 126.com
  yeah.net sina.com sina.cn sohu.com aliyun.com 139.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr
  libero.it virgilio.it tiscali.it alice.it tin.it comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net
  charter.net earthlink.net juno.com optonline.net btinternet.com virginmedia.com sky.com talktalk.net ntlworld.com
  bluewin.ch sunrise.ch hispeed.ch naver.com hanmail.net daum.net nate.com rediffmail.com uol.com.br bol.com.br terra.com.br
  ig.com.br globo.com shaw.ca rogers.com sympatico.ca bigpond.com optusnet.com.au xtra.co.nz ziggo.nl kpnmail.nl planet.nl
  telenet.be skynet.be wp.pl o2.pl onet.pl interia.pl seznam.cz centrum.cz abv.bg ukr.net fastmail.com fastmail.fm hey.com
  tutanota.com tuta.io hushmail.com duck.com privaterelay.appleid.com mailinator.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp
  nifty.com excite.com lycos.com`.split(/\s+/),
)
/** Providers with a domain in many countries. */
const MAIL_LABELS = new Set(['yahoo', 'hotmail', 'outlook', 'live', 'gmx', 'yandex'])
const PAGE_HOSTS =
  `linkedin.com facebook.com fb.com twitter.com x.com instagram.com github.com gitlab.com xing.com youtube.com medium.com
  tiktok.com t.me wa.me about.me linktr.ee sites.google.com google.com wordpress.com blogspot.com tumblr.com crunchbase.com
  yelp.com pinterest.com bsky.app mastodon.social calendly.com github.io gitlab.io substack.com notion.site notion.so goo.gl bit.ly
  zoom.us angel.co behance.net dribbble.com orcid.org researchgate.net stackoverflow.com threads.net wixsite.com`.split(
    /\s+/,
  )

/** Whether people of different companies have addresses there. `domain` is in its normal form. */
export function isMailProvider(domain: string): boolean {
  return MAIL_HOSTS.has(domain) || MAIL_LABELS.has(domain.split('.')[0]!)
}

/** Whether many companies have their page there, so that it is no domain of one. */
export function isSharedSite(domain: string): boolean {
  return PAGE_HOSTS.some((host) => domain === host || domain.endsWith(`.${host}`))
}
