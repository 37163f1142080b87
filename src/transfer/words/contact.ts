// The headers under which products export people, as headerKey writes them; the best first, where a row has several.

import { headerKeys } from '../header-key.ts'
import type { Vocabulary } from '../vocabulary.ts'

export const contactWords: Vocabulary = {
  name: headerKeys(
    'fullname displayname contactname personname leadname name contact nombrecompleto nomcomplet vollstandigername nomecompleto volledigenaam naam nom 氏名 姓名 名前',
  ),
  first_name: headerKeys(
    'firstname givenname forename contactfirstname leadfirstname first vorname prenom nombre nome primonome voornaam imie fornamn 名',
  ),
  middle_name: headerKeys(
    'middlename additionalname weiterevornamen weiterervorname zweitervorname deuxiemeprenom autreprenom segundonombre secondonome nomedomeio',
  ),
  last_name: headerKeys(
    'lastname surname familyname contactlastname leadlastname last nachname familienname nomdefamille apellido apellidos cognome sobrenome apelido achternaam nazwisko efternamn 姓',
  ),
  email: [
    ...headerKeys(
      'email emailaddress emailadresse primaryemail emailwork workemail businessemail contactemail emails emailid',
    ),
    ...headerKeys(
      'adressedemessagerie adresseemail adressemail courriel correoelectronico direcciondecorreoelectronico correo',
    ),
    ...headerKeys(
      'direcciondeemail indirizzoemail indirizzodipostaelettronica postaelettronica enderecodeemail emailadres mail',
    ),
    /^(?:e?mail|emailaddress|emailadresse|adressedemessagerie|adresseemail|direcciondecorreoelectronico|correoelectronico)\d$/,
    /^email\d+(?:value|address|adresse|adresses)$/,
    ...headerKeys(
      'emailhome homeemail personalemail privateemail emailother otheremail secondaryemail additionalemail',
    ),
    ...headerKeys('additionalemailaddresses emailaddresses emailpersonal メールアドレス'),
  ],
  phone: [
    ...headerKeys(
      'phone phonenumber phonenumbers phones telephone telephonenumber tel primaryphone mainphone phonework phonemobile',
    ),
    ...headerKeys('mobilephone mobilephonenumber mobile mobilenumber cellphone cell contactphone handy'),
    /^phone\d+(?:value|number)?$/,
    ...headerKeys(
      'businessphone businessphone2 workphone officephone companymainphone companyphone directphone phonehome homephone',
    ),
    ...headerKeys('homephone2 otherphone phoneother asstphone carphone'),
    ...headerKeys(
      'mobiltelefon telefonmobil telefongeschaftlich telefongeschaftlich2 telefonfirma telefonprivat telefonprivat2 telefon',
    ),
    ...headerKeys(
      'haupttelefon weiterestelefon telefonnummer telmobile telephonemobile telephoneportable portable telephonebureau',
    ),
    ...headerKeys(
      'telephonebureau2 telephonedomicile telephonesociete telephoneprincipal telefonomovil movil telefonodeltrabajo',
    ),
    ...headerKeys(
      'telefonotrabajo trabajotelefono telefonoparticular particulartelefono telefono telefonoprincipal cellulare telefonoufficio',
    ),
    ...headerKeys(
      'telefonoabitazione telemovel celular telefone telefonecomercial mobieletelefoon telefoonwerk telefoon 電話番号 携帯電話',
    ),
  ],
  title: headerKeys(
    'jobtitle organizationtitle organization1title personjobtitle contacttitle position jobposition currentposition role title berufsbezeichnung funktion stellung fonction poste puesto cargo posizione qualifica functie functietitel funcao 役職',
  ),
  'company.name': headerKeys(
    'company companyname organization organizationname organisation organization1name accountname account associatedcompany associatedcompanyname primaryassociatedcompany primarycompany employer currentcompany firma firmenname unternehmen societe entreprise empresa compania organizacion azienda societa ditta bedrijf organisatie business org 会社名 会社',
  ),
  'company.domain': headerKeys(
    'companydomain companydomainname emaildomain domain companywebsite organizationwebsite businesswebsite accountwebsite companyurl websiteurl website webpage website1value webseite pageweb siteweb paginaweb sitoweb homepage',
  ),
  'company.id': headerKeys(
    'primaryassociatedcompanyid associatedcompanyidsprimary associatedcompanyids associatedcompanyid accountid accountnameid organizationid companyid companyrecordid',
  ),
  external_id: headerKeys(
    'recordid contactid personid leadid externalid casesafeid casesafecontactid contactrecordid uid id url profileurl linkedin linkedinurl linkedinprofile linkedinprofileurl personlinkedinurl',
  ),
  stage: headerKeys('stage lifecyclestage contactstage leadstage leadstatus contactstatus status'),
  owner: headerKeys(
    'owner contactowner personowner leadowner hubspotowner contactownername ownername assignedto salesrep besitzer responsable propietario',
  ),
  tags: headerKeys(
    'tags tag labels label personlabels personlabel groupmembership categories category kategorien kategorie categorias etiquetas etiquettes groups',
  ),
  notes: headerKeys(
    'notes note comments comment description contactdescription notizen bemerkungen anmerkungen remarques commentaires notas observaciones note opmerkingen remarks メモ',
  ),
  follow_up_at: headerKeys('followupat followupdate followup nextfollowup nextfollowupdate'),
  follow_up_note: headerKeys('followupnote'),
  custom: ['custom'],
}
