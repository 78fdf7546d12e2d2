
# ---- Directories, event source, firewall --------------------------------------------------------------------------------------

$Letters = @{ full = 'F'; modify = 'M'; read = 'RX' }

# SYSTEM, Administrators and TrustedInstaller: nobody else may have made a folder whose content is trusted.
$TrustedOwners = 'SY', 'BA', 'S-1-5-18', 'S-1-5-32-544', 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'

# Abbreviations of SDDL for accounts that are the same on every computer ([MS-DTYP] 2.5.1.1).
$SidAlias = @{
    SY = 'S-1-5-18'; BA = 'S-1-5-32-544'; LS = 'S-1-5-19'; NS = 'S-1-5-20'; BU = 'S-1-5-32-545'; WD = 'S-1-1-0'; AU = 'S-1-5-11'
    CO = 'S-1-3-0'; CG = 'S-1-3-1'; IU = 'S-1-5-4'; NU = 'S-1-5-2'; AN = 'S-1-5-7'; BG = 'S-1-5-32-546'; PU = 'S-1-5-32-547'
    SU = 'S-1-5-6'; OW = 'S-1-3-4'; AC = 'S-1-15-2-1'; RC = 'S-1-5-12'
}

# A directory for exactly those that the release names. Rights are granted first and inheritance is cut afterwards.
function Set-Directory {
    param([object] $Directory)
    $Path = Expand-DeployPath $Directory.path
    $Taken = $false
    if (-not (Test-Path -LiteralPath $Path)) {
        New-Item -ItemType Directory -Path $Path -Force | Out-Null
        Add-Change "directory $Path"
    }
    elseif (Test-ForeignFolder $Path) {
        Assert-NoLink $Path
        # The owner may change the access list at any time, so the owner comes first.
        Invoke-Native 'icacls.exe' @($Path, '/setowner', '*S-1-5-32-544', '/q') | Out-Null
        $Taken = $true
    }
    $Sddl = (Get-Acl -LiteralPath $Path).Sddl
    if (-not $Taken -and $Directory.sddl -and (Compare-Sddl $Sddl $Directory.sddl)) { return }
    $Grants = @(foreach ($Access in $Directory.access) {
            $Trustee = $Access.trustee
            if ($Trustee.StartsWith('S-1-')) { $Trustee = "*$Trustee" }
            "${Trustee}:(OI)(CI)$($Letters[$Access.rights])"
        })
    Invoke-Native 'icacls.exe' (@($Path, '/grant:r') + $Grants + '/q') | Out-Null
    Invoke-Native 'icacls.exe' @($Path, '/inheritance:r', '/q') | Out-Null
    if ($Directory.sddl) {
        foreach ($Other in @(Get-OtherTrustee $Sddl $Directory)) { Invoke-Native 'icacls.exe' @($Path, '/remove', $Other, '/q') | Out-Null }
        Add-Change "access to $Path"
    }
    if ($Taken) { Reset-FolderContent $Path }
}

# Whether somebody made the folder who is not an administrator: everybody may make folders below ProgramData.
function Test-ForeignFolder {
    param([string] $Path)
    $Owner = [regex]::Match((Get-Acl -LiteralPath $Path).Sddl, '^O:(.+?)(?=G:|D:|S:|$)').Groups[1].Value
    return $Owner -ne '' -and $TrustedOwners -notcontains $Owner
}

# Refuses a folder of somebody else's with a link in it, which would lead the change of rights to another place, or with the state of a
# deployment in it, which would be believed.
function Assert-NoLink {
    param([string] $Path)
    foreach ($Item in @(Get-Item -LiteralPath $Path -Force) + @(Get-FolderContent $Path)) {
        if ($Item.Attributes -band [IO.FileAttributes]::ReparsePoint) {
            Stop-Run "``$Path`` was made by somebody who is not an administrator, and has a link in it: $($Item.Name)" 'look who made it, remove it, and run again'
        }
    }
    $State = @('journal.json', 'installed.json') | Where-Object { (Test-Path -LiteralPath (Join-Path $Path $_)) -or (Test-Path -LiteralPath (Join-Path (Join-Path $Path 'deploy') $_)) }
    if ($State) { Stop-Run "``$Path`` was made by somebody who is not an administrator, and has the state of a deployment in it" 'look who made it, remove it, and run again' }
}

# Everything below a folder; links are named, not followed.
function Get-FolderContent {
    param([string] $Path)
    foreach ($Item in @(Get-ChildItem -LiteralPath $Path -Force)) {
        $Item
        if (-not ($Item.Attributes -band [IO.FileAttributes]::ReparsePoint) -and ($Item.Attributes -band [IO.FileAttributes]::Directory)) { Get-FolderContent (Join-Path $Path $Item.Name) }
    }
}

# What is in a folder that was somebody else's gets the owner and the rights of the folder.
function Reset-FolderContent {
    param([string] $Path)
    foreach ($Item in @(Get-ChildItem -LiteralPath $Path -Force)) {
        $Child = Join-Path $Path $Item.Name
        Invoke-Native 'icacls.exe' @($Child, '/setowner', '*S-1-5-32-544', '/t', '/l', '/q') | Out-Null
        Invoke-Native 'icacls.exe' @($Child, '/reset', '/t', '/l', '/q') | Out-Null
    }
}

# The accounts that have an entry of their own in the list and are not named, as icacls.exe takes them.
function Get-OtherTrustee {
    param([string] $Sddl, [object] $Directory)
    $Named = @($Directory.access | ForEach-Object { $_.trustee })
    $Found = @(foreach ($Match in [regex]::Matches(($Sddl -replace '^.*?D:', ''), '\(([^)]*)\)')) {
            $Fields = $Match.Groups[1].Value.Split(';')
            if ($Fields[1] -match 'ID') { continue }
            if ($SidAlias.ContainsKey($Fields[5])) { $SidAlias[$Fields[5]] } else { $Fields[5] }
        })
    return @($Found | Where-Object { $Named -notcontains $_ } | Sort-Object -Unique | ForEach-Object { "*$_" })
}

# Whether two security descriptors protect the same: the same entries, inheritance cut.
function Compare-Sddl {
    param([string] $Found, [string] $Wanted)
    $Sets = @(foreach ($Sddl in $Found, $Wanted) {
            $Entries = @([regex]::Matches($Sddl, '\(([^)]*)\)') | ForEach-Object {
                    $Fields = $_.Groups[1].Value.Split(';')
                    if ($SidAlias.ContainsKey($Fields[5])) { $Fields[5] = $SidAlias[$Fields[5]] }
                    ($Fields -join ';').ToUpperInvariant()
                } | Sort-Object)
            $Entries -join ' '
        })
    return ($Sets[0] -eq $Sets[1]) -and ($Found -match 'D:P')
}

function Get-EventSourceKey {
    param([string] $Source)
    return "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\$Source"
}

function Set-EventSource {
    param([string] $Source)
    $Key = Get-EventSourceKey $Source
    Set-KeyValue $Key 'EventMessageFile' 'ExpandString' '%SystemRoot%\System32\EventCreate.exe'
    Set-KeyValue $Key 'TypesSupported' 'DWord' 7
    Set-KeyValue $Key 'CustomSource' 'DWord' 1
}

function Remove-EventSource {
    param([string] $Source)
    $Key = Get-EventSourceKey $Source
    if (Test-Path -LiteralPath $Key) {
        Remove-Item -LiteralPath $Key -Recurse -Force
        Add-Change "event source $Source removed"
    }
}

# An entry of the Application log; a log that cannot be written does not fail the deployment.
function Write-Event {
    param([object] $Release, [int] $Id, [string] $Text)
    $Event = $Release.events | Where-Object { $_.id -eq $Id } | Select-Object -First 1
    if (-not $Event -or -not (Test-Path -LiteralPath (Get-EventSourceKey $Event.source))) { return }
    Invoke-Native 'eventcreate.exe' @('/L', 'APPLICATION', '/SO', $Event.source, '/T', $Event.level.ToUpperInvariant(), '/ID', "$Id", '/D', $Text) -Expect 0, 1 | Out-Null
}

# Rules by fixed names: New-NetFirewallRule would make a second one.
function Set-FirewallRule {
    param([object] $Unit)
    foreach ($Rule in @($Unit.Release.firewall | Where-Object { $_.service -eq $Unit.Instance.service_name })) {
        # A rule names the program that listens, and the service where its processes have the service's SID: a condition that
        # cannot be met would keep the port closed.
        $Conditions = @{}
        if ($Rule.program) {
            $Conditions.Program = $Rule.program
            if ($Rule.program -notmatch '^([A-Za-z]:|\\\\)') { $Conditions.Program = (Expand-DeployPath $Unit.Release.locations.version) + '\' + $Rule.program }
        }
        if ($Rule.only_service) { $Conditions.Service = $Rule.service }
        # No text of a rule may have a pipe.
        $Mark = (@($Conditions.Program, $Conditions.Service, $Rule.port) + @($Rule.remote) + @($Rule.profiles) | Where-Object { $_ }) -join ', '
        $Found = Get-NetFirewallRule -Name $Rule.name -ErrorAction SilentlyContinue
        if ($Found) {
            if ($Found.Description -ceq $Mark) { continue }
            Remove-NetFirewallRule -Name $Rule.name
        }
        New-NetFirewallRule -Name $Rule.name -DisplayName $Rule.title -Description $Mark -Direction Inbound -Action Allow -Protocol TCP `
            -LocalPort $Rule.port -RemoteAddress @($Rule.remote) -Profile @($Rule.profiles) @Conditions | Out-Null
        Add-Change "firewall rule $($Rule.name)"
    }
}

function Remove-FirewallRule {
    param([string] $Name)
    if (Get-NetFirewallRule -Name $Name -ErrorAction SilentlyContinue) {
        Remove-NetFirewallRule -Name $Name
        Add-Change "firewall rule $Name removed"
    }
}

# ---- The right to log on as a service -----------------------------------------------------------------------------------------

function Get-AccountSid {
    param([string] $Account)
    return (New-Object Security.Principal.NTAccount($Account)).Translate([Security.Principal.SecurityIdentifier]).Value
}

# An account's groups, as its token has them; none where the domain does not say.
function Get-AccountGroup {
    param([string] $Account)
    try {
        $Domain, $Name = $Account.Split('\', 2)
        return @((New-Object Security.Principal.WindowsIdentity("$Name@$Domain")).Groups | ForEach-Object { $_.Value })
    }
    catch { return @() }
}

# Who holds the right: SIDs with an asterisk before, or names. Merged: with what group policy says.
function Get-LogonRightHolder {
    param([string] $Folder, [switch] $Merged)
    $Policy = Join-Path $Folder 'exported.inf'
    $Arguments = @('/export')
    if ($Merged) { $Arguments += '/mergedpolicy' }
    $Answer = Invoke-Native 'secedit.exe' ($Arguments + @('/cfg', $Policy, '/areas', 'USER_RIGHTS')) -AnyCode:$Merged
    if ($Answer.Code -ne 0) { return $null }
    $Line = @(Get-Content -LiteralPath $Policy | Where-Object { $_ -match '^SeServiceLogonRight\s*=' })
    if ($Line.Count -eq 0) { return , @() }
    return , @($Line[0].Split('=')[1].Split(',') | ForEach-Object { $_.Trim() } | Where-Object { $_ })
}

# Who has the right by group policy (root\rsop\computer, the entry that wins), or nothing when no policy says it.
function Get-PolicyHolder {
    try { $Found = @(Get-CimInstance -Namespace 'root\rsop\computer' -ClassName 'RSOP_UserPrivilegeRight' -Filter "UserRight='SeServiceLogonRight'") }
    catch { return $null }
    if ($Found.Count -eq 0) { return $null }
    return , @(($Found | Sort-Object -Property precedence)[0].AccountList)
}

# Whether an account, or a group that it is in, is among the holders.
function Test-Holder {
    param([string[]] $Holders, [string] $Account)
    $Own = @(try { Get-AccountSid $Account } catch { Write-Verbose "$Account is not known here" }) + @(Get-AccountGroup $Account)
    foreach ($Holder in $Holders) {
        if ($Holder -eq $Account) { return $true }
        $Sid = $Holder.TrimStart('*')
        if (-not $Sid.StartsWith('S-1-')) { $Sid = try { Get-AccountSid $Holder } catch { '' } }
        if ($Sid -and $Own -contains $Sid) { return $true }
    }
    return $false
}

# A group policy that gives the right to others takes it back from the account at its next refresh.
function Test-PolicyForbids {
    param([string] $Account)
    $Holders = Get-PolicyHolder
    return ($null -ne $Holders) -and -not (Test-Holder $Holders $Account)
}

function Stop-ForPolicy {
    param([string] $Account)
    Stop-Run "a group policy says who may log on as a service, and ``$Account`` is not among them" 'add the account to "Log on as a service" in that policy and run gpupdate /force; gpresult /h report.html names the policy' 2
}

# Asked before anything is changed.
function Assert-LogonRight {
    param([object] $Unit)
    $Account = Get-AccountName $Unit
    if ($Unit.Service.account.needs_logon_right -and (Test-PolicyForbids $Account)) { Stop-ForPolicy $Account }
}

# secedit.exe replaces all holders at once.
function Set-LogonRightHolder {
    param([string] $Folder, [string[]] $Holders)
    $Text = @('[Unicode]', 'Unicode=yes', '[Version]', 'signature="$CHICAGO$"', 'Revision=1', '[Privilege Rights]')
    $Text += 'SeServiceLogonRight = ' + ($Holders -join ',')
    $Policy = Join-Path $Folder 'policy.inf'
    Set-Content -LiteralPath $Policy -Value $Text -Encoding Unicode
    # 3: done, with warnings about holders that no longer exist.
    Invoke-Native 'secedit.exe' @('/configure', '/db', (Join-Path $Folder 'policy.sdb'), '/cfg', $Policy, '/areas', 'USER_RIGHTS') -Expect 0, 3 | Out-Null
}

# Ordinary and group managed accounts need it, and sc.exe does not grant it. The other holders stay.
function Grant-LogonRight {
    param([object] $Unit)
    if (-not $Unit.Service.account.needs_logon_right) { return }
    $Account = Get-AccountName $Unit
    try { $Sid = '*' + (Get-AccountSid $Account) }
    catch { Stop-Run "the account ``$Account`` is not known here: $($_.Exception.Message)" 'a managed account is prepared with Install-ADServiceAccount' 2 }
    if (Test-PolicyForbids $Account) { Stop-ForPolicy $Account }
    $Folder = Join-Path ([IO.Path]::GetTempPath()) ([Guid]::NewGuid().ToString())
    New-Item -ItemType Directory -Path $Folder | Out-Null
    try {
        $Holders = Get-LogonRightHolder $Folder
        if ($Holders -contains $Sid -or $Holders -contains $Account) { return }
        Set-LogonRightHolder $Folder ($Holders + $Sid)
        if ((Get-LogonRightHolder $Folder) -notcontains $Sid) { Stop-Run "``$Account`` did not get the right to log on as a service" 'secpol.msc shows who has it' }
        # Where the resultant set of policy is not recorded, the merged policy still has what a refresh will bring.
        $Merged = Get-LogonRightHolder $Folder -Merged
        if ($null -ne $Merged -and -not (Test-Holder $Merged $Account)) {
            Set-LogonRightHolder $Folder $Holders
            Stop-ForPolicy $Account
        }
        Add-Change "right to log on as a service for $Account"
    }
    finally { Remove-Item -LiteralPath $Folder -Recurse -Force }
}
