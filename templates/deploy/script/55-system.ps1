
# ---- Directories, event source, firewall --------------------------------------------------------------------------------------

# A directory for exactly those that the release names. Rights are granted first and inheritance is cut afterwards.
function Set-Directory {
    param([object] $Directory)
    $Path = Expand-DeployPath $Directory.path
    if (-not (Test-Path -LiteralPath $Path)) {
        New-Item -ItemType Directory -Path $Path -Force | Out-Null
        Add-Change "directory $Path"
    }
    if ($Directory.sddl -and (Compare-Sddl (Get-Acl -LiteralPath $Path).Sddl $Directory.sddl)) { return }
    $Letters = @{ full = 'F'; modify = 'M'; read = 'RX' }
    $Grants = @(foreach ($Access in $Directory.access) {
            $Trustee = $Access.trustee
            if ($Trustee.StartsWith('S-1-')) { $Trustee = "*$Trustee" }
            "${Trustee}:(OI)(CI)$($Letters[$Access.rights])"
        })
    Invoke-Native 'icacls.exe' (@($Path, '/grant:r') + $Grants + '/q') | Out-Null
    Invoke-Native 'icacls.exe' @($Path, '/inheritance:r', '/q') | Out-Null
    if ($Directory.sddl) { Add-Change "access to $Path" }
}

# Whether two security descriptors protect the same: the same entries, inheritance cut.
function Compare-Sddl {
    param([string] $Found, [string] $Wanted)
    $Alias = @{ 'SY' = 'S-1-5-18'; 'BA' = 'S-1-5-32-544'; 'LS' = 'S-1-5-19'; 'NS' = 'S-1-5-20' }
    $Sets = @(foreach ($Sddl in $Found, $Wanted) {
            $Entries = @([regex]::Matches($Sddl, '\(([^)]*)\)') | ForEach-Object {
                    $Fields = $_.Groups[1].Value.Split(';')
                    if ($Alias.ContainsKey($Fields[5])) { $Fields[5] = $Alias[$Fields[5]] }
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
        $Program = (Expand-DeployPath $Unit.Release.locations.version) + '\' + $Rule.program
        # No text of a rule may have a pipe.
        $Mark = (@($Program, $Rule.service, $Rule.port) + @($Rule.remote) + @($Rule.profiles)) -join ', '
        $Found = Get-NetFirewallRule -Name $Rule.name -ErrorAction SilentlyContinue
        if ($Found) {
            if ($Found.Description -ceq $Mark) { continue }
            Remove-NetFirewallRule -Name $Rule.name
        }
        New-NetFirewallRule -Name $Rule.name -DisplayName $Rule.title -Description $Mark -Direction Inbound -Action Allow -Protocol TCP `
            -LocalPort $Rule.port -RemoteAddress @($Rule.remote) -Profile @($Rule.profiles) -Program $Program -Service $Rule.service | Out-Null
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
